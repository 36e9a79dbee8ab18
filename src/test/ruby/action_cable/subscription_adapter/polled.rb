# frozen_string_literal: true

# Broadcasts as Solid Cable has them, for Rails 6.1: rows of a SQLite file (POLLED_CABLE), for which each server asks ten times a second.
# With RUBYLIB=src/test/ruby it is CABLE_ADAPTER=polled.
require "action_cable/subscription_adapter/async"
require "action_cable/subscription_adapter/channel_prefix"
require "sqlite3"

module ActionCable
  module SubscriptionAdapter
    class Polled < Async
      EVERY_SECONDS = 0.1

      prepend ChannelPrefix

      # A table of rows in a file.
      class Messages
        def initialize(path = ENV.fetch("POLLED_CABLE"))
          @file = SQLite3::Database.new(path)
          @file.busy_timeout = 10_000
          @file.execute("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, channel TEXT, payload TEXT)")
        end

        def add(channel, payload)
          @file.execute("INSERT INTO messages (channel, payload) VALUES (?, ?)", [channel, payload])
        end

        def after(id)
          @file.execute("SELECT id, channel, payload FROM messages WHERE id > ? ORDER BY id", [id])
        end

        def last
          @file.get_first_value("SELECT coalesce(max(id), 0) FROM messages")
        end
      end

      def broadcast(channel, payload)
        Messages.new.add(channel, payload)
      end

      def shutdown
        @poller&.kill
      end

      private

      def new_subscriber_map
        super.tap { |map| @poller = Thread.new { poll(map) } }
      end

      def poll(map)
        messages = Messages.new
        last = messages.last
        loop do
          sleep EVERY_SECONDS
          messages.after(last).each do |id, channel, payload|
            last = id
            map.broadcast(channel, payload)
          end
        end
      end
    end
  end
end
