#!/bin/sh
# Makes what docker-compose.yml has no default for: passwords, a file each in deploy/secrets, and in .env who the first admin is.
#   deploy/compose-env.sh admin@example.org && docker compose up --build --wait
# A password of your own, of any characters: POSTGRES_PASSWORD='p@ss/w#rd?1' deploy/compose-env.sh … (NATS_GATEWAY_PASSWORD, S3_SECRET_KEY and so on)
set -eu
cd "$(dirname "$0")/.."
folder=${WHARF_SECRETS_DIR:-deploy/secrets}
env_file=${WHARF_ENV_FILE:-.env}
admin=${1:?which address has the admin? Say: $0 admin@example.org}

# What is there stays: volumes know their passwords.
if [ -e "$folder" ]; then
  echo "$folder is there already" >&2
  exit 1
fi

# A letter first: nats-server would take some passwords for numbers.
secret() {
  printf 'w%s' "$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')"
}

# What the environment gives, or a random one.
keep() {
  eval "value=\${$2-}"
  printf '%s' "${value:-$(secret)}" >"$new/$1"
}

# As a part of a URL, whatever is in it.
encode() {
  od -An -v -tx1 "$1" | tr -d '\n' | sed 's/ /%/g'
}

umask 077
new=$folder.new
rm -rf "$new"
mkdir -p "$new"
for name in gateway metadata accounts cloud_sync janitor wharf integrator; do
  keep "nats_${name}_password" "NATS_$(echo "$name" | tr a-z A-Z)_PASSWORD"
done
keep postgres_password POSTGRES_PASSWORD
printf 'postgresql://wharf:%s@postgres:5432/wharf' "$(encode "$new/postgres_password")" >"$new/database_url"
keep s3_access_key S3_ACCESS_KEY
keep s3_secret_key S3_SECRET_KEY
keep admin_password ADMIN_PASSWORD
keep grafana_password GRAFANA_PASSWORD
# The folder is for its owner alone. Its files are read by the users of the containers, who never see the folder.
chmod 444 "$new"/*
mv "$new" "$folder"

grep -qs '^ADMIN_EMAIL=.' "$env_file" || echo "ADMIN_EMAIL=$admin" >>"$env_file"
echo "$folder is made; admin_password in it is that of $admin"
