"""Loaded before Django's settings: the suite gets a data folder of its own and never touches `var/`."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="seekdesk-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ["DATA_DIR"] = _folder
os.environ.setdefault("QUOTE_FROM", "100")  # tests of answers want the model asked
os.environ.setdefault("CROSS_ENCODER", "0")  # a tenth of a second a sentence; its own tests read
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
# Nothing is asked for over TLS: a folder without certificates, where each client would else read all of the system's.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = _folder
