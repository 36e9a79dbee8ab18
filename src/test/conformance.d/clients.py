# usage: python clients.py LIBRARY PORT
#
# What a client library of Python sees of the echo server, one observation a line.

import asyncio
import sys

library, port = sys.argv[1], sys.argv[2]
URL = f"ws://127.0.0.1:{port}/echo"
MESSAGES = ["", "hello", "ü" * 1000, "x" * (1 << 20), bytes(5), bytes(1 << 20)]
COMMANDS = ["close 1000 fine", "close 1001 away", "close 4321 own", "drop"]


def kind(message):
    return f"{'text' if isinstance(message, str) else 'binary'} {len(message)}"


async def with_websockets():
    import websockets

    async with websockets.connect(URL, subprotocols=["chat", "other"], max_size=None) as socket:
        print("protocol", socket.subprotocol)
        for message in MESSAGES:
            await socket.send(message)
            print("echo", kind(await socket.recv()))
        pong = await socket.ping()
        print("pong", await pong >= 0)
    for command in COMMANDS:
        socket = await websockets.connect(URL)
        await socket.send(command)
        await socket.wait_closed()
        print(command, socket.close_code, socket.close_reason)


async def with_aiohttp():
    import aiohttp

    async with aiohttp.ClientSession() as session:
        options = {"max_msg_size": 0, "compress": 15}
        async with session.ws_connect(URL, protocols=["chat", "other"], **options) as socket:
            print("protocol", socket.protocol, "compress", socket.compress)
            for message in MESSAGES:
                await (socket.send_str if isinstance(message, str) else socket.send_bytes)(message)
                print("echo", kind((await socket.receive()).data))
        for command in COMMANDS:
            async with session.ws_connect(URL) as socket:
                await socket.send_str(command)
                message = await socket.receive()
                print(command, message.type.name, socket.close_code, message.extra)


asyncio.run(with_websockets() if library == "python-websockets" else with_aiohttp())
