"""Programs by what they need: a system, a screen, the network, an account, a model."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shellwright.skills.document import Call


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Programs of macOS or Windows that Linux does not have.
ELSEWHERE = _words(
    """afplay airdrop applescript automator caffeinate codesign defaults diskutil ditto dns-sd dscl
    fruitmail hdiutil icalbuddy imsg launchctl mas mdfind mdls memo mlx-whisper mlx_whisper
    networksetup notarytool osascript parakeet-mlx pbcopy pbpaste peekaboo pkgutil plutil
    pmset remindctl say scutil security shortcuts sips softwareupdate spctl sw_vers swift
    system_profiler textutil things tmutil xcode-select xcodebuild xcrun choco powershell
    pwsh reg schtasks scoop tasklist wmic winget cmd cmd.exe powershell.exe winamp.exe"""
)
#: Programs that need a screen and somebody before it.
SCREEN = _words(
    """blender chromium code cursor figma firefox gimp google-chrome inkscape kdenlive
    libreoffice-gui obs obsidian obsidian-cli scrot vlc wmctrl xclip xdg-open xdotool xsel
    ydotool zenity feh eog gnome-screenshot gnome-terminal kitty alacritty rofi i3 sway
    hyprctl xrandr xset wl-copy audacity evince ffplay gedit kate krita mplayer mpv nautilus
    okular startx totem xpdf xterm zathura"""
)
#: Programs that talk to a device or a phone.
DEVICES = _words(
    """adb alexacli arduino-cli atvremote beestat blu bluetoothctl camsnap cec-client dfu-util
    eightctl esptool esptool.py fastboot govee hass-cli homeycli ideviceinfo lp lpr openhue
    pio roborock roku sonos starlink tesla xinput amixer arecord aplay airfoil lpadmin
    lpstat nmcli iwctl rfkill vibetunnel ha wakeonlan etherwake smartctl nvidia-smi sensors
    upower brightnessctl playerctl"""
)
#: The agent's own platform. Words, because its commands stand in chats and in terminals alike.
PLATFORM = _words(
    """openclaw clawdbot moltbot clawhub clawdhub clawdis mcporter sessions_spawn web_fetch
    web_search browser message process cron exec read write edit skills"""
)
#: Programs that ask or show, and wait for a person.
INTERACTIVE = _words(
    """btop crontab dialog emacs fzf htop less lynx man micro more mutt nano ncdu nvim ranger screen
    tig top vi vim vipw visudo w3m whiptail"""
)
#: What is done on the way to the work: installs, moving about, showing.
SETUP = _words(
    """. apt apt-get apk brew bun bunx cargo cd chmod conda corepack dnf echo export gem go install
    mkdir npm nvm pacman pip pip3 pipx pnpm port printf pwd source sudo uv uvx venv
    virtualenv which yarn yum snap flatpak clear eval"""
)
INSTALLS = _words("add ci get i install sync tap update upgrade")
#: Programs whose work is on the network.
NETWORK = _words(
    """aria2c curl dig ftp gh glab host http https httpie lftp lynx mosh mtr nc ncat nslookup ping
    rclone rsync-remote scp sftp ssh ssh-copy-id sshpass telnet tracepath traceroute wget
    whois yt-dlp youtube-dl gallery-dl speedtest speedtest-cli nmap ngrok cloudflared
    tailscale wg openvpn w3m browsh agent-browser playwright playwright-cli stagehand
    browser-use spotdl monolith ab wrk hey vegeta siege websocat grpcurl xh curlie aws az
    gcloud gsutil bq doctl fly flyctl heroku hcloud netlify vercel wrangler railway supabase
    neonctl firebase sf stripe op bw rbw pass-cli kubectl helm terraform pulumi eksctl
    ibmcloud linode-cli oci s3cmd b2 mc doppler infisical vault ansible nomad twurl bird
    wacli gog goplaces himalaya mutt neomutt mail sendmail msmtp telegram tg slack discord
    signal-cli todoist td trello jira confluence linear notion attio hubspot solana
    spl-token cast anchor aptos sui near starkli bitcoin-cli geth ticktick spogo spotify
    spotify_player ordercli railil trein activecampaign salesforce xurl notebooklm infsh
    nb-cli summarize oracle gifgrep weather wttr planka-cli fitbit-cli plaid-cli bankr
    onchain remindme anylist hevy paprika icloud icloudpd vdirsyncer khal resend gplcli
    gsettings-online mas docker-compose-remote apprise ntfy pushover twclaw xfetch beeper
    beeper-cli beepctl dcli qveris metaboss firecrawl tavily exa kagi tldr cheat shodan
    mackerel subfinder httpx snapchat instaloader twint tweepy gdown huggingface-cli hf ipfs
    transmission-cli transmission-remote qbittorrent deluge-console magick-remote rsnapshot
    restic-remote dog drill kdig doggo arp-scan iperf iperf3 tcpdump tshark"""
)
#: Programs that ask a model.
MODELS = _words(
    """aider chatgpt claude codex comfy cursor-agent fabric fabric-ai gemini goose gpt llm
    llm-wallet mods ollama openai opencode sgpt whisper whisper-cli transcribe
    sherpa-onnx-tts piper mlx_whisper qmd xai-search amp crush droid copilot qwen kimi
    mlx_lm vllm llama-cli nano-banana edge-tts elevenlabs sag tts gno"""
)
#: Programs that tell of this machine or this moment.
LIVE = _words(
    """cal dmesg df finger free hostnamectl htop ifconfig ip iostat iotop journalctl last lastlog
    lsblk lscpu lsof lspci lsusb mpstat netstat nethogs ntpdate nvidia-smi pgrep pidstat
    pmap ps pstree sar sensors service ss systemctl loginctl timedatectl top uptime users
    vmstat w who watch launchctl crontab at atq batch pidof pkill kill killall wall write
    mesg shutdown reboot halt poweroff dmidecode lshw inxi neofetch fastfetch screenfetch
    btop glances bmon iftop nload"""
)
#: What needs a server that is not there.
SERVERS = _words(
    """docker docker-compose podman psql mysql mongosh mongo redis-cli influx clickhouse-client
    rabbitmqctl kafka-topics cqlsh etcdctl consul pg_dump pg_restore mysqldump minikube k3d
    kind nomad virsh vagrant multipass lxc crictl ctr nerdctl buildah"""
)

#: Programs that work on files alone; what is not among them may call out.
LOCAL = _words(
    """7z 7za awk b2sum base32 base64 basename bash bats bc black bunzip2 bzip2 c++ cargo cat dolt
    jj pee samtools sponge
    cc chgrp chmod chown clang cmake cmp cmark column comm convert coreutils cp cpio csplit
    csvcut csvgrep csvjson csvsort csvsql csvstat csvtool cut cwebp dd delta detox diff dircolors
    dirname dos2unix dot du duckdb egrep enscript envsubst eslint exiftool expand expr exa eza
    factor fd fdupes ffmpeg ffprobe fgrep file find flac fmt fold g++ gawk gcc getfacl ghostscript
    git gnuplot go gpg grep gron groff gs gunzip gzip hexdump hexyl hledger htmlq hyperfine
    iconv identify install indent inkscape-cli jar java javac jo join jpegoptim jq kpsewhich
    latexmk ledger less ln lame look lowdown ls lz4 magick make man marp md5sum mediainfo
    mermaid mktemp mlr mmdc mogrify mv mypy ncal nl nm node numfmt objdump od openssl optipng
    pandoc pacat paste patch pdfimages pdfinfo pdfjam pdflatex pdftk pdftoppm pdftotext
    perl php pngquant pr prettier psutils pwgen pytest python python3 qpdf qrencode quarto
    rar readlink realpath recode ren rename rev rg rhash rm rmdir rsync rsvg-convert ruby ruff
    rustc scc sd sed seq sh sha1sum sha256sum sha512sum shellcheck shfmt shred shuf sort sox
    split sqlite3 stat strings strip stylua sum tac tail tar tee tesseract test tidy tokei
    touch tr tree truncate tsc tsort typst uglifyjs unexpand uniq units unix2dos unrar unxz unzip
    units vim-cmd wc webp wkhtmltopdf xargs xelatex xmllint xmlstarlet xsltproc xsv xxd xz yamllint
    yq zcat zip zipinfo zopfli zsh zstd head id mkdir mkfifo cal2 tex uuidgen env true false"""
)

#: Python's packages by the same marks.
PYTHON_NETWORK = _words(
    """requests httpx aiohttp urllib3 websockets websocket boto3 botocore azure google
    googleapiclient google_auth_oauthlib tweepy praw slack_sdk discord telegram telethon
    stripe twilio sendgrid yfinance ccxt web3 eth_account solana solders tronpy paramiko
    imaplib smtplib poplib ftplib feedparser selenium playwright patchright pyppeteer scrapy
    yt_dlp youtube_transcript_api notion_client supabase pymongo redis psycopg2 pymysql
    kubernetes agentmail garth garminconnect spotipy dataforseo_client tavily exa_py
    firecrawl resend composio shopify simplegmail unifai tesla genlayer duckduckgo_search
    ddgs msal figma_client youtrack_api oura_api pyicloud instagrapi wandb huggingface_hub
    serpapi tos httplib2 telnetlib oauthlib requests_oauthlib caldav"""
)
PYTHON_MODELS = _words(
    """openai anthropic litellm langchain langgraph llama_index transformers sentence_transformers
    diffusers torch whisper faster_whisper mlx_whisper cohere groq mistralai ollama
    elevenlabs agent_framework crewai autogen peft replicate genai fal_client vllm
    parakeet_mlx"""
)
#: Python's packages that work on what they are given.
PYTHON_LOCAL = _words(
    """PIL PyPDF2 attr attrs bs4 chardet click colorama cryptography cssselect cv2 dateutil docx
    docx2txt dotenv duckdb ebooklib fitz frontmatter html2text imageio jinja2 jsonschema jwt lxml
    magic markdown markdownify matplotlib mistune nacl networkx numpy odf openpyxl orjson pandas
    pdf2image pdfminer pdfplumber pikepdf polars pptx psutil pyarrow pydantic pydub pygments pypdf
    pytest pytz qrcode rapidfuzz regex reportlab rich ruamel scipy seaborn shapely simplejson
    skimage sklearn sqlglot sqlparse statsmodels sympy tabulate toml tomli tomli_w tomlkit tqdm
    typer typing_extensions tzlocal unidecode weasyprint xlrd xlsxwriter xmltodict yaml zoneinfo"""
)
PYTHON_SCREEN = _words("pyautogui pynput pygame pywinauto win32com win32api xlwings Quartz AppKit")
#: Names of settings that are secrets or addresses of servers.
SECRET_SETTING = re.compile(
    r"(?i)(?:^|_)(?:api_?keys?|keys?|tokens?|secrets?|passw(?:or)?d|pass|credentials?|auth"
    r"|client_id"
    r"|bearer|webhook(?:_url)?|app_id|account|username|user|url|host|endpoint|address|email"
    r"|cookies?"
    r"|keypair_path|project(?:_id)?|sid|dsn|session|ct0)(?:$|_)"
)


_TELLING = frozenset({"--help", "--version"})


def is_work(call: Call) -> bool:
    """Whether a call is more than an install or a step aside."""
    if call.program not in SETUP:
        return (
            "." not in call.program[1:]
            or "/" in call.program
            or call.program[-1:].isdigit()
            or (call.program.endswith((".sh", ".py", ".js", ".exe")))
        )
    words = [word for word in call.arguments if not word.startswith("-")]
    if call.program in ("uv", "bun", "npm", "pnpm", "yarn", "cargo", "go", "uvx", "bunx"):
        return bool(words) and words[0] not in INSTALLS | {"pip", "tool", "init", "venv"}
    return False


def only_tells(call: Call) -> bool:
    """Whether a call only tells what a program is."""
    return bool(call.arguments) and _TELLING.issuperset(call.arguments)


def work_of(calls: Iterable[Call]) -> list[Call]:
    """The calls that are work, and none of the agent's own platform."""
    return [call for call in calls if is_work(call) and call.program not in PLATFORM]
