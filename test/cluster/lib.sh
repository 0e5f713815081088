# shellcheck shell=bash disable=SC2034 # read by those who source it
# Shared by up, down and image: where things are. Source it; it starts nothing.
#
# SEATRIAL_CLUSTER_NAME  names network namespace, socket and cgroup, so that several clusters live side by side (at most 10 characters)
# SEATRIAL_CLUSTER       the folder that holds all of its state; deleted with it
# SEATRIAL_CLUSTER_NET   first three numbers of the two addresses between machine and node; a free 10.200.* by default
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/seatrial-cluster
POD_CIDR=10.244.0.0/16 SERVICE_CIDR=10.96.0.0/16 DNS_IP=10.96.0.10
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs

if [ -z "${SEATRIAL_CLUSTER:-}" ] && [ -f "$(dirname "${KUBECONFIG:-/none/none}")/containerd.toml" ]; then
  SEATRIAL_CLUSTER=$(dirname "$KUBECONFIG") # the cluster that the caller means
fi
NAME=${SEATRIAL_CLUSTER_NAME:-seatrial-t}
STATE=${SEATRIAL_CLUSTER:-${XDG_STATE_HOME:-$HOME/.local/state}/seatrial-cluster/$NAME}
# shellcheck source=/dev/null
if [ -f "$STATE/cluster.env" ]; then . "$STATE/cluster.env" # a cluster that runs keeps its name and addresses
elif [ -f "$STATE/containerd.toml" ]; then NAME=$(sed -n 's|^ *address = "/run/\(.*\)-containerd.sock"|\1|p' "$STATE/containerd.toml")
fi
NETNS=$NAME SOCKET=/run/$NAME-containerd.sock RUN=/run/$NAME-containerd HOST_LINK=$NAME-host
[ ${#NAME} -le 10 ] || { echo "SEATRIAL_CLUSTER_NAME has at most 10 characters: $NAME" >&2; exit 2; }

cgroups() { awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/mounts; } # where each hierarchy is
ctr_() { ctr --address "$SOCKET" --namespace k8s.io "$@"; }
in_node() { nsenter --net="/run/netns/$NETNS" "$@"; } # not 'ip netns exec': that hides /sys/fs/cgroup
kube_binary() {
  local p
  make_kube "$CACHE/bin"
  for p in etcd coredns kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do ln -sf kube "$CACHE/bin/$p"; done
}
