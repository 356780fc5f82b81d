; NOT VERIFIED: never run by its authors.
; Inno Setup 6; build.ps1 runs it as  iscc /DVersion=X.Y.Z capsule-desktop.iss

[Setup]
AppId={{6B0C3C52-6C2F-4C0E-9E0B-3B1C7C0B7A51}
AppName=Capsule
AppVersion={#Version}
AppPublisher=Capsule Desktop maintainers
DefaultDirName={autopf}\Capsule
DefaultGroupName=Capsule
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
Compression=lzma2
SolidCompression=yes
LicenseFile=..\..\LICENSE
OutputDir=..\..\build\dist
OutputBaseFilename=capsule-desktop-{#Version}-setup
SetupIconFile=..\..\build\icons\capsule-desktop.ico
UninstallDisplayIcon={app}\capsule-desktop.exe

[Files]
Source: "..\..\build\frozen\capsule-desktop\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{autoprograms}\Capsule"; Filename: "{app}\capsule-desktop.exe"

[Registry]
Root: HKA; Subkey: "Software\Classes\.ipynb\OpenWithProgids"; ValueType: string; ValueName: "Capsule.Notebook"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Capsule.Notebook"; ValueType: string; ValueData: "Jupyter notebook"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Capsule.Notebook\DefaultIcon"; ValueType: string; ValueData: "{app}\capsule-desktop.exe,0"
Root: HKA; Subkey: "Software\Classes\Capsule.Notebook\shell\open\command"; ValueType: string; ValueData: """{app}\capsule-desktop.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.capsule"; ValueType: string; ValueData: "Capsule.Checkpoint"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Capsule.Checkpoint"; ValueType: string; ValueData: "Capsule checkpoint of variables"; Flags: uninsdeletekey
