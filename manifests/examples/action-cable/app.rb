# frozen_string_literal: true

# Every socket is accepted here. An application that knows its users would identify them in `connect`
# (https://guides.rubyonrails.org/action_cable_overview.html#connection-setup).
class CableConnection < ActionCable::Connection::Base
end

# The live scores of one event: subscribe with {"channel": "ScoresChannel", "event": "<name>"}.
#
# A broadcast from outside, for the event "finals" (stream names carry the channel_prefix of config.ru, the payload is JSON;
# PUBLISH answers with the number of cables that listen):
#
#   redis-cli -p 26380 PUBLISH cable:scores_finals '{"heat":12,"score":87}'
#
# reaches each subscriber as
#
#   {"identifier":"{\"channel\":\"ScoresChannel\",\"event\":\"finals\"}","message":{"heat":12,"score":87}}
class ScoresChannel < ActionCable::Channel::Base
  # The name becomes part of a stream name, so it must not be able to name another stream.
  EVENT = /\A[\w-]{1,64}\z/

  def subscribed
    event = params[:event].to_s
    return reject unless EVENT.match?(event)

    @stream = "scores_#{event}"
    stream_from @stream
  end

  # To all subscribers of this event, on every cable that shares the Redis.
  def score(data)
    ActionCable.server.broadcast(@stream, data.except("action"))
  end

  # To the sender only.
  def echo(data)
    transmit(data.except("action"))
  end
end
