# A PostgreSQL cluster of Debian's package, for the peers that need one; they read it in after
# common.sh. It listens on the loopback address and on a socket in its own directory.
#   . "$here/postgresql_cluster.sh"
# shellcheck shell=bash

# postgres_bin PROGRAM: the newest that is installed.
postgres_bin() {
  local found
  found=$(find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -n 1)
  [ -n "$found" ] || skip "PostgreSQL's $1 is not there"
  echo "$found"
}

# as_postgres COMMAND...: the server refuses to run as root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

install_cluster() { need_debian postgresql; }

# start_cluster DIR: makes it if it is not there.
start_cluster() {
  local dir=$1 port
  if [ ! -d "$dir/data" ]; then
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir"; fi
    as_postgres "$(postgres_bin initdb)" --pgdata="$dir/data" --username=postgres --auth=trust \
      --encoding=UTF8 --no-locale --no-instructions >"$dir/initdb.log" 2>&1 ||
      skip "initdb fails: $(last_line "$dir/initdb.log")"
    # What an answer promises is what it promises by default. Checkpoints are put off beyond the
    # measurement, which spares it their writes.
    as_postgres tee -a "$dir/data/postgresql.conf" >/dev/null <<CONFIG
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 512MB
fsync = on
synchronous_commit = on
full_page_writes = on
commit_delay = 0
max_wal_size = 8GB
checkpoint_timeout = 1h
CONFIG
  fi
  read -r port < <(free_ports 1)
  echo "$port" >"$dir/port"
  as_postgres "$(postgres_bin pg_ctl)" start --silent --wait --timeout=60 --pgdata="$dir/data" \
    --log="$dir/data/server.log" --options="-p $port" >"$dir/pg_ctl.log" 2>&1 ||
    skip "its server does not start: $(last_line "$dir/data/server.log")"
}

stop_cluster() {
  [ -e "$1/data/postmaster.pid" ] || return 0
  as_postgres "$(postgres_bin pg_ctl)" stop --silent --wait --timeout=60 --mode=fast \
    --pgdata="$1/data"
}

# sql DIR [OPTIONS OF PSQL...]
sql() {
  local dir=$1
  shift
  "$(postgres_bin psql)" --host="$dir" --port="$(cat "$dir/port")" --username=postgres --no-psqlrc \
    --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

# cluster_durable DIR: the settings that decide what an answer promises, as the server has them.
cluster_durable() {
  sql "$1" --command="SELECT string_agg(name || '=' || setting, ', ' ORDER BY name)
    FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'wal_sync_method')"
}
