// usage: node signalr-client.mjs URL
//
// A SignalR client with its default options: a POST that negotiates, then what the server offers.
//
// events: connected{}; echoed{text}; failed{message}; closed{}
// commands: echo{text}

import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { obey, report } from './json-lines.mjs';

const hub = new HubConnectionBuilder().withUrl(process.argv[2]).configureLogging(LogLevel.None).build();
hub.onclose(() => report('closed'));
hub.start().then(
  () => report('connected'),
  (error) => report('failed', { message: error.message }),
);

obey(
  {
    echo: ({ text }) =>
      hub.invoke('Echo', text).then(
        (back) => report('echoed', { text: back }),
        (error) => report('failed', { message: error.message }),
      ),
  },
  () => hub.stop(),
);
