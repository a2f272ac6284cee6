#!/bin/sh
# Makes the Secrets of this overlay, once, with passwords that nobody knows: one file each in secrets/, for its owner alone.
#   deploy/k8s/overlays/local/make-secrets.sh admin@example.org && kubectl apply -k deploy/k8s/overlays/local
set -eu
folder=${WHARF_SECRETS_DIR:-$(dirname "$0")/secrets}
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

umask 077
new=$folder.new
rm -rf "$new"
mkdir -p "$new"
for user in gateway metadata accounts cloud-sync janitor wharf integrator; do
  printf 'NATS_USER=%s\nNATS_PASSWORD=%s\n' "$user" "$(secret)" >"$new/nats-$user.env"
done
postgres=$(secret)
echo "POSTGRES_PASSWORD=$postgres" >"$new/postgres.env"
echo "DATABASE_URL=postgresql://wharf:$postgres@postgres:5432/wharf" >"$new/database.env"
printf 'S3_ACCESS_KEY=wharf\nS3_SECRET_KEY=%s\n' "$(secret)" >"$new/object-store.env"
printf 'ADMIN_EMAIL=%s\nADMIN_PASSWORD=%s\n' "$admin" "$(secret)" >"$new/first-admin.env"
mv "$new" "$folder"
echo "$folder is made; ADMIN_PASSWORD in first-admin.env is that of $admin"
