# frozen_string_literal: true

# A standalone Action Cable server: Rack and Puma, no Rails application.
#
#   REDIS_URL              where the broadcasts come from
#   CABLE_CHANNEL_PREFIX   must equal channel_prefix in the cable.yml of the application that broadcasts
#   CABLE_ALLOWED_ORIGINS  comma-separated, e.g. "https://example.com,https://www.example.com". A page on the cable's own host
#                          is always allowed. Unset: pages of this machine, and clients that send none (no browser does that).
#   LOG_LEVEL              debug, info, warn, error

require "logger"
require "active_support/all"
require "action_cable"
require_relative "app"

LOCAL_ORIGINS = %r{\Ahttps?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?\z}

$stdout.sync = true

ActionCable.server.config.tap do |config|
  config.logger = Logger.new($stdout, level: ENV.fetch("LOG_LEVEL", "info"))
  config.connection_class = -> { CableConnection }
  config.allowed_request_origins = ENV["CABLE_ALLOWED_ORIGINS"]&.split(/[\s,]+/).presence || [LOCAL_ORIGINS, nil]
  config.cable = {
    adapter: "redis",
    url: ENV.fetch("REDIS_URL", "redis://127.0.0.1:6379/0"),
    channel_prefix: ENV.fetch("CABLE_CHANNEL_PREFIX", "cable")
  }.with_indifferent_access
end

map "/cable" do
  run ActionCable.server
end
