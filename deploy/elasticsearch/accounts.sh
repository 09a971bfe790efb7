#!/bin/bash
# Gives Elasticsearch's users their passwords and roles (deploy/security/roles.yml). Safe to run at each start, and to change a password.
set -euo pipefail
umask 077

# Not on the command line, where every process could read it.
printf 'machine elasticsearch login elastic password %s\n' "$ELASTIC_PASSWORD" > /tmp/netrc

# ask METHOD PATH BODY
ask() {
  curl --netrc-file /tmp/netrc --silent --show-error --fail-with-body --retry 10 --retry-connrefused \
    --request "$1" --header 'Content-Type: application/json' --data @- "http://elasticsearch:9200/_security/$2" <<< "$3"
  echo " $2"
}

# user NAME PASSWORD ROLE
user() {
  ask PUT "user/$1" "{\"password\": \"$2\", \"roles\": [\"$3\"]}"
}

ask POST user/kibana_system/_password "{\"password\": \"$KIBANA_PASSWORD\"}"
user dateline-kibana "$KIBANA_SETUP_PASSWORD" kibana_admin
user dateline-setup "$SETUP_PASSWORD" dateline_setup
user dateline-writer "$WRITER_PASSWORD" dateline_writer
user dateline-reader "$READER_PASSWORD" dateline_reader
user dateline-monitor "$MONITOR_PASSWORD" remote_monitoring_collector
