# Every image at once: `docker buildx bake`, or some: `docker buildx bake posts client`.
#
#   TAG=1.2.0 VERSION=1.2.0 REGISTRY=registry.example.org/folkmoot docker buildx bake --push
#   PLATFORMS=linux/amd64,linux/arm64 ... docker buildx bake --push        for both kinds of machine

# What stands before an image's name.
variable "REGISTRY" {
  default = "folkmoot"
}

variable "TAG" {
  default = "dev"
}

# What the images' labels say.
variable "VERSION" {
  default = "dev"
}

# Where the source lies, for the labels.
variable "SOURCE" {
  default = ""
}

# Comma-separated; empty: this machine's own.
variable "PLATFORMS" {
  default = ""
}

group "default" {
  targets = ["event-bus", "posts", "comments", "query", "moderation", "folkmoot", "client"]
}

target "image" {
  name = image
  matrix = {
    image = ["event-bus", "posts", "comments", "query", "moderation", "folkmoot", "client"]
  }
  target    = image
  tags      = ["${REGISTRY}/${image}:${TAG}"]
  platforms = compact(split(",", PLATFORMS))
  args = {
    VERSION = VERSION
    SOURCE  = SOURCE
  }
}
