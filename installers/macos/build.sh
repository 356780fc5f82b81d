#!/bin/sh
# NOT VERIFIED: never run by its authors.
# Freezes the application, makes Capsule.app of it and packs that into a disk image:  sh installers/macos/build.sh
set -eu
cd "$(dirname -- "$0")/../.."

uv sync --locked --quiet --group build
python=.venv/bin/python
version=$($python -c 'from installers.project import read_project; print(read_project().version)')
$python -m installers.icon_file build/icons/capsule-desktop.icns
$python -c 'from installers.freezing import freeze; from installers.project import read_project; freeze(read_project())'

rm -rf build/macos
mkdir -p build/macos build/dist
cp -R build/frozen/Capsule.app build/macos/
codesign --force --deep --sign - build/macos/Capsule.app
ln -s /Applications build/macos/Applications
hdiutil create -volname Capsule -srcfolder build/macos -ov -format UDZO \
    "build/dist/capsule-desktop-$version-macos-$(uname -m).dmg"
