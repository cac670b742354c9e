#!/usr/bin/env python3
"""Checks receipts of Stele by the second implementation of its rules, stele.py.

    verify_receipt.py FILE...    a line for each; exit code 1 when any of them proves nothing
"""
import sys

sys.dont_write_bytecode = True

from stele import Refused, verify_receipt

refused = 0
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            proves = verify_receipt(file.read())
        where = f"block {proves['block']} depth {proves['depth']} tip {proves['tip']} work {proves['work']}"
        print(f"{name}: valid: post {proves['id']} {where} network {proves['network']}")
    except Refused as reason:
        refused = 1
        print(f"{name}: refused: {reason}")
sys.exit(refused)
