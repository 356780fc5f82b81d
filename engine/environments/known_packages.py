"""Which package of the index brings which module, and which packages are well known.  Own tables; no I/O.

Well known matters: a misspelt import names a package that anybody may have published, so one that is not in these
tables is installed only after the user looked at its name once more.
"""

from __future__ import annotations

import difflib

from engine.environments.requirements import name_of
from engine.interpreters.distributions import normalised

# where the two names differ; a namespace's packages by their dotted names
DISTRIBUTIONS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "IPython": "ipython",
    "Levenshtein": "Levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenGL": "PyOpenGL",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "Xlib": "python-xlib",
    "airflow": "apache-airflow",
    "ale_py": "ale-py",
    "apiclient": "google-api-python-client",
    "asn1crypto": "asn1crypto",
    "attr": "attrs",
    "azure.identity": "azure-identity",
    "azure.storage.blob": "azure-storage-blob",
    "box": "python-box",
    "bs4": "beautifulsoup4",
    "bson": "pymongo",
    "can": "python-can",
    "cairo": "pycairo",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "decouple": "python-decouple",
    "discord": "discord.py",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "flask_cors": "Flask-Cors",
    "git": "GitPython",
    "github": "PyGithub",
    "google.cloud": "google-cloud-core",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.storage": "google-cloud-storage",
    "google.generativeai": "google-generativeai",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "igraph": "igraph",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "lightning_fabric": "lightning",
    "llvmlite": "llvmlite",
    "magic": "python-magic",
    "markdown_it": "markdown-it-py",
    "memcache": "python-memcached",
    "mpl_toolkits.basemap": "basemap",
    "mysql": "mysql-connector-python",
    "nacl": "PyNaCl",
    "netCDF4": "netCDF4",
    "osgeo": "GDAL",
    "osmnx": "osmnx",
    "pkg_resources": "setuptools<81",  # later ones bring it no more
    "playhouse": "peewee",
    "pptx": "python-pptx",
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pyximport": "Cython",
    "pythoncom": "pywin32",
    "ruamel": "ruamel.yaml",
    "ruamel.yaml": "ruamel.yaml",
    "sentence_transformers": "sentence-transformers",
    "serial": "pyserial",
    "sip": "PyQt5-sip",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sklearn_extra": "scikit-learn-extra",
    "skopt": "scikit-optimize",
    "slugify": "python-slugify",
    "socks": "PySocks",
    "speech_recognition": "SpeechRecognition",
    "talib": "TA-Lib",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "usb": "pyusb",
    "vlc": "python-vlc",
    "websocket": "websocket-client",
    "werkzeug": "Werkzeug",
    "win32api": "pywin32",
    "win32com": "pywin32",
    "win32con": "pywin32",
    "win32gui": "pywin32",
    "wx": "wxPython",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}

_OF_THEIR_OWN_NAME = """
aiofiles aiohttp altair anthropic anyio arviz astropy asyncpg attrs autograd av awswrangler biopython black blosc2
bokeh boto3 botocore bottleneck cartopy catboost cattrs celery certifi cffi chardet click cloudpickle contourpy
coverage cryptography cufflinks cupy cvxpy cycler cython dash dask dataclasses-json datasets datashader deap
diffusers dill distributed django docutils duckdb einops emoji evaluate fastapi fastparquet feedparser ffmpeg-python
fiona flake8 flask folium fsspec gensim geopandas geopy ggplot gluonts gradio graphviz great-expectations gspread
gym gymnasium h5netcdf h5py hdbscan holidays holoviews html5lib httpx huggingface-hub hvplot hypothesis
ibis-framework igraph imageio ipykernel ipympl ipython ipywidgets isort jax jaxlib jieba jinja2 joblib jsonschema
jupyter jupyterlab kaggle kaleido keras langchain librosa lifelines lightgbm lightning llvmlite loguru lxml lz4
markdown markupsafe matplotlib matplotlib-inline mistune mlflow mlxtend more-itertools moviepy mpmath msgpack
msgspec mypy natsort nbconvert nbformat netcdf4 networkx nibabel nltk numba numexpr numpy numpyro odfpy onnx
onnxruntime openai openpyxl optuna orjson osmnx packaging pandas pandera papermill param patsy peewee peft pexpect
pillow pingouin pint plotly plotnine pluggy polars prettytable prophet psutil pvlib py-cpuinfo pyarrow pycaret
pydantic pydicom pydot pygame pygments pymc pymongo pymysql pyodbc pypdf pypdf2 pyperclip pyproj pyqt5 pyqt6
pyro-ppl pyside6 pyspark pytest pytest-qt python-igraph pytz pyvis pyvista pywavelets pyxlsb rasterio rdkit redis
regex reportlab requests rich rpy2 ruptures sacrebleu safetensors scapy scikit-learn scipy scrapy seaborn selenium
sentencepiece setuptools shap shapely simpy six sktime smart-open sortedcontainers soundfile spacy sqlalchemy
sqlmodel squarify stanza statsmodels streamlit sympy tables tabula-py tabulate tenacity tensorboard tensorflow
tensorflow-datasets textblob textual tiktoken timm tokenizers toml tomli torch torchaudio torchmetrics torchvision
tornado tqdm transformers trio tslearn typer typing-extensions tzdata ujson unidecode urllib3 uvicorn vaex wandb
watchdog wheel wordcloud wordfreq xarray xgboost xlrd xlsxwriter xlwings xlwt yellowbrick yfinance zarr zstandard
""".split()

_WELL_KNOWN = frozenset(_OF_THEIR_OWN_NAME) | {normalised(name_of(word)) for word in DISTRIBUTIONS.values()}
_LIKENESS = 0.8  # "pnadas" is 0.83 like "pandas"; two names of their own are less


def is_well_known(key: str) -> bool:
    """Whether the package of that PEP 503 key is in these tables."""
    return key in _WELL_KNOWN


def nearest_known(name: str) -> str:
    """The well-known package that name was most likely meant to be; "" where it is one itself, or none is near."""
    key = normalised(name)
    if key in _WELL_KNOWN:
        return ""
    found = difflib.get_close_matches(key, _WELL_KNOWN, n=1, cutoff=_LIKENESS)
    return found[0] if found else ""
