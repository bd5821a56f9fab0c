#!/bin/sh
# Builds the Debian package from the npm package and the pinned Node.js (packaging/node):
#
#   packaging/deb.sh [--arch amd64|arm64] [--version VERSION] [--compression xz|zstd|gzip|none] [--npm FILE.tgz]
#                    [FOLDER]
#
# Without --npm the npm package is built from this checkout. The Debian package goes to FOLDER (packaging/out).
# It needs npm and dpkg-deb, no root, and the npm registry only for packages that are not in the cache of npm. The same
# commit produces the same bytes: all times are SOURCE_DATE_EPOCH; the default is the time of the commit.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

arch=$(dpkg --print-architecture)
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json")
compression=xz
npm=
while [ $# -gt 1 ]; do
  case $1 in
    --arch) arch=$2 ;;
    --version) version=$2 ;;
    --compression) compression=$2 ;;
    --npm) npm=$2 ;;
    *) break ;;
  esac
  shift 2
done
case ${1:-} in -*) echo "deb.sh: unknown option $1" >&2; exit 2 ;; esac
mkdir -p "${1:-$here/out}"
out=$(cd "${1:-$here/out}" && pwd)
# The name of the CPU in the npm registry.
case $arch in
  amd64) cpu=x64 ;;
  arm64) cpu=arm64 ;;
  *) echo "deb.sh: no Node.js is pinned for $arch; use amd64 or arm64" >&2; exit 2 ;;
esac
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage
lib=$stage/usr/lib/reflectord
npm_ci() { (cd "$1" && npm ci --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund --silent --os=linux --cpu=$cpu); }

# The program: exactly the files that npm installs.
if [ -z "$npm" ]; then
  (cd "$root" && npm pack --silent --pack-destination "$work" >&2)
  npm=$(echo "$work"/reflectord-*.tgz)
fi
mkdir -p "$lib"
tar -xzf "$npm" -C "$lib" --strip-components=1
npm_ci "$lib"
rm -rf "$lib/node_modules/.package-lock.json" "$lib/node_modules/.bin" "$lib/npm-shrinkwrap.json" "$lib/packaging"

# Its own Node.js, unpacked once per checkout and version.
node=$here/node/node_modules/node-linux-$cpu
pinned=$(sed -n "s/^ *\"node-linux-$cpu\": \"\(.*\)\",*$/\1/p" "$here/node/package.json")
grep -qs "^ *\"version\": \"$pinned\"" "$node/package.json" || npm_ci "$here/node"
install -D "$node/bin/node" "$lib/bin/node"

# Files in the standard directories of the system.
share=$stage/usr/share
doc=$share/doc/reflectord
install -D "$here/debian/reflectord" "$stage/usr/bin/reflectord"
install -D -m 644 "$here/debian/reflectord.yaml" "$stage/etc/reflectord/reflectord.yaml"
install -D -m 644 "$root/systemd/reflectord.service" "$stage/usr/lib/systemd/system/reflectord.service"
install -D -m 644 "$root/systemd/reflectord.sysusers.conf" "$stage/usr/lib/sysusers.d/reflectord.conf"
install -D -m 644 "$here/completion/reflectord.bash" "$share/bash-completion/completions/reflectord"
install -D -m 644 "$here/completion/_reflectord" "$share/zsh/vendor-completions/_reflectord"
install -D -m 644 "$here/completion/reflectord.fish" "$share/fish/vendor_completions.d/reflectord.fish"
for page in reflectord.8 reflectord.yaml.5; do
  install -D -m 644 "$here/man/$page" "$share/man/man${page##*.}/$page"
done
mkdir -p "$doc/examples"
for page in README.md docs; do mv "$lib/$page" "$doc/"; done
for example in "$lib"/config/*.yaml "$lib"/config/grafana-dashboard.json "$lib"/config/tour; do mv "$example" "$doc/examples/"; done
sed -i 's|\$schema=./schema.json|$schema=/usr/lib/reflectord/config/schema.json|' "$doc"/examples/*.yaml
install -m 644 "$here/debian/copyright" "$doc/copyright"
install -m 644 "$node/LICENSE" "$doc/LICENSE.nodejs"
install -m 644 "$root/CHANGELOG.md" "$doc/changelog"
gzip -9n "$doc/changelog" "$doc/LICENSE.nodejs" "$share"/man/man*/*

# The files of dpkg.
find "$stage" -type d -exec chmod 755 {} +
find "$stage" -type f -perm /111 -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
size=$(du -sk --apparent-size "$stage" | cut -f1)
mkdir "$stage/DEBIAN"
sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$size/" "$here/debian/control" >"$stage/DEBIAN/control"
install -m 644 "$here/debian/conffiles" "$stage/DEBIAN/conffiles"
install "$here/debian/postinst" "$here/debian/prerm" "$here/debian/postrm" "$stage/DEBIAN/"
(cd "$stage" && find . -path ./DEBIAN -prune -o -path ./etc -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
  >"$stage/DEBIAN/md5sums"
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Z"$compression" --build "$stage" "$out/reflectord_${version}_$arch.deb"
