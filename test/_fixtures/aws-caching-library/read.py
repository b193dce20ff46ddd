"""Reads a secret as an application does: read.py FOLDER-OF-THE-LIBRARY SECRET STAGE"""

import sys

library, secret_id, stage = sys.argv[1:]
sys.path.insert(0, library)

from aws_secretsmanager_caching import SecretCache

print(SecretCache().get_secret_string(secret_id, stage))
