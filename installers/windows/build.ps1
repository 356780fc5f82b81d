# NOT VERIFIED: never run by its authors.
# Freezes the application and packs it with Inno Setup 6:  powershell installers/windows/build.ps1
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "../..")

uv sync --locked --quiet --group build
if ($LASTEXITCODE) { throw "uv could not install the locked dependencies" }
$python = ".venv/Scripts/python.exe"
& $python -m installers.icon_file build/icons/capsule-desktop.ico
if ($LASTEXITCODE) { throw "the icon could not be drawn" }
& $python -c "from installers.freezing import freeze; from installers.project import read_project; freeze(read_project())"
if ($LASTEXITCODE) { throw "PyInstaller failed" }
$version = & $python -c "from installers.project import read_project; print(read_project().version)"

$compiler = (Get-Command iscc -ErrorAction SilentlyContinue).Source
if (-not $compiler) { $compiler = Join-Path ${env:ProgramFiles(x86)} "Inno Setup 6/ISCC.exe" }
if (-not (Test-Path $compiler)) { throw "Inno Setup 6 was not found; install it and run this again" }
& $compiler "/DVersion=$version" installers/windows/capsule-desktop.iss
if ($LASTEXITCODE) { throw "Inno Setup failed" }
