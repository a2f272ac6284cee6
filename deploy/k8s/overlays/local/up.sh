#!/bin/sh
# All of Wharf in kind, from this checkout: deploy/k8s/overlays/local/up.sh admin@example.org
# Needs docker with buildx, kind and kubectl.
set -eu
cd "$(dirname "$0")/../../../.."
overlay=deploy/k8s/overlays/local
[ -e "$overlay/secrets" ] || "$overlay/make-secrets.sh" "${1:?which address has the admin? Say: $0 admin@example.org}"
docker buildx bake --load
kind get clusters | grep -qx wharf || kind create cluster --name wharf
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
images=wharf:$version
for name in gateway metadata accounts cloud-sync janitor; do images="$images wharf-$name:$version"; done
# shellcheck disable=SC2086 # several words
kind load docker-image --name wharf $images
kubectl --context kind-wharf apply -k "$overlay"
kubectl --context kind-wharf --namespace wharf wait --for=condition=available --timeout=300s deployment --all
echo "Wharf runs. To reach it: kubectl --context kind-wharf --namespace wharf port-forward service/gateway 8080"
