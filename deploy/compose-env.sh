#!/bin/sh
# Writes what docker-compose.yml has no default for to .env, for its owner alone: passwords, made once, and the first admin.
#   deploy/compose-env.sh admin@example.org && docker compose up --build
set -eu
cd "$(dirname "$0")/.."
env_file=${WHARF_ENV_FILE:-.env}
admin=${1:?which address has the admin? Say: $0 admin@example.org}

# What is there stays: volumes know their passwords.
if [ -e "$env_file" ]; then
  echo "$env_file is there already" >&2
  exit 1
fi

# A letter first: nats-server would take some passwords for numbers.
secret() {
  printf 'w%s' "$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')"
}

umask 077
{
  for name in GATEWAY METADATA ACCOUNTS CLOUD_SYNC JANITOR WHARF INTEGRATOR; do
    echo "NATS_${name}_PASSWORD=$(secret)"
  done
  echo "POSTGRES_PASSWORD=$(secret)"
  echo "S3_ACCESS_KEY=wharf"
  echo "S3_SECRET_KEY=$(secret)"
  echo "ADMIN_EMAIL=$admin"
  echo "ADMIN_PASSWORD=$(secret)"
} >"$env_file.new"
mv "$env_file.new" "$env_file"
echo "$env_file is written; ADMIN_PASSWORD in it is that of $admin"
