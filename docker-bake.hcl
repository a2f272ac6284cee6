# All images, named wharf-<service>:<version>, and wharf: docker buildx bake
# To a registry, for both platforms: REGISTRY=registry.example.org/files/ PLATFORMS=linux/amd64,linux/arm64 docker buildx bake --push
variable "VERSION" {
  default = "0.1.0"
}

# The commit that is built: REVISION=$(git rev-parse HEAD)
variable "REVISION" {
  default = ""
}

# Before the name, with a slash at its end.
variable "REGISTRY" {
  default = ""
}

# Separated by commas; empty for that of this machine.
variable "PLATFORMS" {
  default = ""
}

# Name its digest (node:24-bookworm-slim@sha256:…) where builds have to be the same again.
variable "NODE_IMAGE" {
  default = "node:24-bookworm-slim"
}

group "default" {
  targets = ["services", "wharf"]
}

target "common" {
  context   = "."
  platforms = PLATFORMS == "" ? [] : split(",", PLATFORMS)
  args = {
    NODE_IMAGE = NODE_IMAGE
    VERSION    = VERSION
    REVISION   = REVISION
  }
}

target "services" {
  name     = "wharf-${service}"
  inherits = ["common"]
  matrix = {
    service = ["gateway", "metadata", "accounts", "cloud-sync", "janitor"]
  }
  target = "service"
  args = {
    SERVICE = service
  }
  tags = ["${REGISTRY}wharf-${service}:${VERSION}"]
}

target "wharf" {
  inherits = ["common"]
  target   = "wharf"
  tags     = ["${REGISTRY}wharf:${VERSION}"]
}
