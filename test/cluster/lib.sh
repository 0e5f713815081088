# shellcheck shell=bash disable=SC2034 # read by those who source it
# Shared by up, down and image: where things are. Source it; it starts nothing.
#
# SEATRIAL_CLUSTER_NAME  names network namespace, socket and cgroup, so that several clusters live side by side (at most 10 characters)
# SEATRIAL_CLUSTER       the folder that holds all of its state; deleted with it
# SEATRIAL_CLUSTER_NET   first three numbers of the two addresses between machine and node; a free 10.200.* by default
# SEATRIAL_KUBE_BINARY   a prebuilt kube-linux-amd64.xz (see kube/); built from Go modules where there is none
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/seatrial-cluster
POD_CIDR=10.244.0.0/16 SERVICE_CIDR=10.96.0.0/16 DNS_IP=10.96.0.10
K8S_VERSION=1.36.3
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs

if [ -z "${SEATRIAL_CLUSTER:-}" ] && [ -f "$(dirname "${KUBECONFIG:-/none/none}")/containerd.toml" ]; then
  SEATRIAL_CLUSTER=$(dirname "$KUBECONFIG") # the cluster that the caller means
fi
NAME=${SEATRIAL_CLUSTER_NAME:-seatrial}
STATE=${SEATRIAL_CLUSTER:-${XDG_STATE_HOME:-$HOME/.local/state}/seatrial-cluster/$NAME}
# shellcheck source=/dev/null
if [ -f "$STATE/cluster.env" ]; then . "$STATE/cluster.env"; fi # a cluster that runs keeps its name and addresses
NETNS=$NAME SOCKET=/run/$NAME-containerd.sock RUN=/run/$NAME-containerd HOST_LINK=$NAME-host
[ ${#NAME} -le 10 ] || { echo "SEATRIAL_CLUSTER_NAME has at most 10 characters: $NAME" >&2; exit 2; }

ctr_() { ctr --address "$SOCKET" --namespace k8s.io "$@"; }
in_node() { nsenter --net="/run/netns/$NETNS" "$@"; } # not 'ip netns exec': that hides /sys/fs/cgroup
need() { # pairs of command (or file) and Debian package
  local missing=()
  while [ $# -gt 0 ]; do command -v "$1" >/dev/null || [ -e "$1" ] || missing+=("$2"); shift 2; done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
debian_mirror() {
  awk '/^URIs:/{print $2; exit} /^deb /{print $2; exit}' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -1
}
prebuilt() { # the file that SEATRIAL_KUBE_BINARY names, or one beside the checkout
  local file
  for file in "${SEATRIAL_KUBE_BINARY:-}" "$here/../../../shared/cluster/kube-linux-amd64.xz"; do
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
    (cd "$here/kube" && CGO_ENABLED=0 nice go build -mod=mod -o "$part" -ldflags "-s -w -X $v.gitVersion=v$K8S_VERSION -X $v.gitMajor=1 -X $v.gitMinor=36 -X $v.gitTreeState=clean" .)
  fi
  chmod +x "$part"; mv "$part" "$1/kube"
}
kube_binary() {
  local p
  make_kube "$CACHE/bin"
  for p in etcd coredns kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do ln -sf kube "$CACHE/bin/$p"; done
}
