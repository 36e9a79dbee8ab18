# frozen_string_literal: true

# A whole Rails application in one file: every framework of `rails/all`, a model, a page, and the cable of its live updates mounted
# in the same Puma, as `rails new` has it.
#
#   DATABASE_URL           where the scores are kept, e.g. sqlite3:/var/lib/app/scores.sqlite3
#   CABLE_ADAPTER          redis (REDIS_URL), or postgresql: LISTEN and NOTIFY over a connection like that of DATABASE_URL
#   SECRET_KEY_BASE        of its cookies
#   LOG_LEVEL              debug, info, warn, error

require "rails/all"

class ScoresApp < Rails::Application
  config.root = __dir__
  config.load_defaults 6.1
  config.eager_load = true
  config.cache_classes = true
  config.logger = ActiveSupport::TaggedLogging.new(Logger.new($stdout))
  config.log_level = ENV.fetch("LOG_LEVEL", "info")
  config.paths["log"] = "/dev/null"
  config.active_storage.service_configurations = { "local" => { "service" => "Disk", "root" => File.join(Dir.tmpdir, "scores-files") } }
  config.active_storage.service = :local
  config.action_cable.disable_request_forgery_protection = true # app.yaml says which origins are let in
  config.hosts.clear
end

# Streams are named, and broadcasts formed, as in ../action-cable: an outsider publishes the same way.
class Score < ActiveRecord::Base
  validates :event, format: { with: /\A[\w-]{1,64}\z/ }
  after_commit { ActionCable.server.broadcast("scores_#{event}", { heat: heat, score: points }) }
end

module ApplicationCable
  class Connection < ActionCable::Connection::Base
  end
end

class ScoresChannel < ActionCable::Channel::Base
  def subscribed
    score = Score.new(event: params[:event].to_s)
    score.valid? ? stream_from("scores_#{score.event}") : reject
  end

  # To the sender only.
  def echo(data)
    transmit(data.except("action"))
  end
end

class ScoresController < ActionController::Base
  PAGE = <<~HTML
    <!doctype html>
    <title>Scores</title>
    <link rel="icon" href="data:,">
    <h1>Finals</h1>
    <ol><% @scores.each do |score| %><li><%= score.points %></li><% end %></ol>
    <p id="state">connecting</p>
    <%= form_with url: "/scores" do |form| %><%= form.number_field :points %><%= form.submit "Add" %><% end %>
    <script src="/actioncable.js"></script>
    <script>
      ActionCable.createConsumer("/cable").subscriptions.create({ channel: "ScoresChannel", event: "finals" }, {
        connected: () => (document.querySelector("#state").textContent = "live"),
        disconnected: () => (document.querySelector("#state").textContent = "away"),
        received: ({ score }) => (document.querySelector("ol").appendChild(document.createElement("li")).textContent = score),
      });
    </script>
  HTML

  def index
    @scores = Score.where(event: "finals").order(:id).last(20)
    render inline: PAGE
  end

  def create
    Score.create!(event: "finals", heat: Score.count, points: params[:points].to_i)
    redirect_to "/"
  end
end

ScoresApp.initialize!

ActionCable.server.config.cable = {
  adapter: ENV.fetch("CABLE_ADAPTER", "redis"),
  url: ENV.fetch("REDIS_URL", "redis://127.0.0.1:6379/0"),
  channel_prefix: ENV.fetch("CABLE_CHANNEL_PREFIX", "cable")
}.with_indifferent_access

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table(:scores, if_not_exists: true) do |t|
    t.string :event, null: false
    t.integer :heat
    t.integer :points
  end
end

script = ActionCable::Engine.root.join("app/assets/javascripts/action_cable.js").read
ScoresApp.routes.draw do
  root "scores#index"
  post "scores", to: "scores#create"
  get "actioncable.js", to: ->(_env) { [200, { "Content-Type" => "text/javascript" }, [script]] }
end
