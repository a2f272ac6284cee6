# SeaweedFS reads its keys from a file of JSON.
set -eu
json() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
umask 077
cat >/tmp/s3.json <<JSON
{ "identities": [ { "name": "wharf",
  "credentials": [ { "accessKey": "$(json "$S3_ACCESS_KEY")", "secretKey": "$(json "$S3_SECRET_KEY")" } ],
  "actions": [ "Admin", "Read", "Write", "List", "Tagging" ] } ] }
JSON
# It says to itself where it is: an address that is the same after each start. Small volumes, which grow as they are needed.
exec weed server -dir=/data -ip=127.0.0.1 -ip.bind=0.0.0.0 -volume.max=0 -master.volumeSizeLimitMB=256 -s3 -s3.config=/tmp/s3.json
