#!/usr/bin/env python3
"""Checks receipts of Stele: a second implementation, written from docs/PROTOCOL.md alone.

    verify_receipt.py FILE...    a line for each; exit code 1 when any of them proves nothing

Needs Python 3.9 and, for libsodium's signatures, PyNaCl (Debian: python3-nacl).
"""
import hashlib
import json
import re
import sys

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

class Refused(Exception):
    """The reason why a receipt proves nothing, as the protocol names it."""

def whole(text):
    """A number with a fraction or an exponent: an integer when its value is one, whatever its spelling."""
    return int(float(text)) if float(text).is_integer() else float(text)

def rule(holds, reason):
    if not holds:
        raise Refused(reason)

def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()

def shown(digest):
    return digest[::-1].hex()

def canonical(value):
    """RFC 8785, for objects with ASCII keys, and numbers that are integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")

def is_int(value, low, high):
    return type(value) is int and low <= value <= high

def is_hex(value, size):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * size), value) is not None

def is_text(value):
    return isinstance(value, str) and not any(0xD800 <= ord(c) <= 0xDFFF for c in value)

def is_name(value):
    fits = is_text(value) and 1 <= len(value.encode("utf-8")) <= 64
    return fits and not any(ord(c) < 0x20 or ord(c) == 0x7F for c in value)

def is_topics(value):
    return isinstance(value, list) and len(value) <= 8 and all(map(is_name, value)) and len(set(value)) == len(value)

def has_fields(value, fields):
    return isinstance(value, dict) and set(value) == set(fields)

def target_of(bits, limit):  # section 3; None when there is none
    exponent, sign, mantissa = bits >> 24, bits & 0x800000, bits & 0x7FFFFF
    target = mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)
    return target if not sign and 0 < target <= limit else None

def bits_of(target):
    size = (target.bit_length() + 7) // 8
    mantissa = target >> 8 * (size - 3) if size >= 3 else target << 8 * (3 - size)
    if mantissa & 0x800000:
        mantissa, size = mantissa >> 8, size + 1
    return size << 24 | mantissa

class Header:  # section 2
    def __init__(self, data):
        self.hash = sha256d(data)
        self.previous, self.root = data[4:36], data[36:68]
        self.time, self.bits = (int.from_bytes(data[at : at + 4], "little") for at in (68, 72))

    def check_work(self, limit):
        target = target_of(self.bits, limit)
        rule(target is not None, "bits-invalid")
        rule(int.from_bytes(self.hash, "little") <= target, "proof-of-work-insufficient")
        return 2**256 // (target + 1)

PARAMETERS = ("name", "message", "time", "powLimit", "spacing", "halfLife", "retarget")

def check_network(file):  # section 4; gives the genesis header and the limit
    rule(has_fields(file, PARAMETERS + ("nonce", "genesis")), "network-malformed")
    good = isinstance(file["name"], str) and re.fullmatch("[a-z][a-z0-9-]{0,31}", file["name"])
    good = good and is_text(file["message"]) and len(file["message"].encode("utf-8")) <= 256
    good = good and all(is_int(file[field], 0, 2**32 - 1) for field in ("time", "powLimit", "nonce"))
    good = good and is_int(file["spacing"], 1, 86_400) and is_int(file["halfLife"], 1, 31_536_000)
    good = good and type(file["retarget"]) is bool
    rule(good, "network-malformed")
    limit = target_of(file["powLimit"], 2**255 - 1)
    rule(limit is not None, "network-malformed")
    root = sha256d(canonical({field: file[field] for field in PARAMETERS}))
    end = b"".join(file[field].to_bytes(4, "little") for field in ("time", "powLimit", "nonce"))
    genesis = Header(bytes([1, 0, 0, 0]) + bytes(32) + root + end)
    genesis.check_work(limit)
    rule(file["genesis"] == shown(genesis.hash), "network-malformed")
    return genesis, limit

STATEMENT = (
    ("version", "version-unknown", lambda v: type(v) is int and v == 1),
    ("network", "wrong-network", lambda v: is_hex(v, 32)),
    ("author", "author-invalid", is_name),
    ("publicKey", "public-key-malformed", lambda v: is_hex(v, 32)),
    ("successor", "successor-malformed", lambda v: v is None or is_hex(v, 32)),
    ("timestamp", "timestamp-invalid", lambda v: is_int(v, 0, 2**53 - 1)),
    ("commitment", "commitment-malformed", lambda v: is_hex(v, 32)),
    ("size", "size-invalid", lambda v: is_int(v, 1, 16_384)),
    ("topics", "topics-invalid", is_topics),
    ("replyTo", "reply-to-malformed", lambda v: v is None or is_hex(v, 32)),
    ("supersedes", "supersedes-malformed", lambda v: v is None or is_hex(v, 32)),
    ("stamp", "stamp-invalid", lambda v: is_int(v, 0, 2**32 - 1)),
)

def check_transaction(wire, network):  # section 5; gives the bytes that were signed
    statement, content, salt = wire["statement"], wire["content"], wire["salt"]
    rule(isinstance(statement, dict), "statement-malformed")
    rule(set(statement) <= {field for field, _, _ in STATEMENT}, "statement-malformed")
    for field, reason, is_right in STATEMENT:
        rule(field in statement, "statement-malformed")
        rule(is_right(statement[field]), reason)
    rule(statement["network"] == network, "wrong-network")
    rule(is_hex(wire["signature"], 64), "signature-malformed")
    if content is not None or salt is not None:
        rule(is_text(content), "content-malformed")
        data = content.encode("utf-8")
        rule(len(content.encode("utf-16-le")) <= 2 * 16_384, "size-invalid")
        rule(is_hex(salt, 16), "content-malformed")
        opened = hashlib.sha256(bytes.fromhex(salt) + data).hexdigest()
        rule(len(data) == statement["size"] and opened == statement["commitment"], "content-mismatch")
    return canonical(statement)

def bits_after(known, from_genesis, network, limit):  # section 8; None when too few headers are known
    if not network["retarget"] or (from_genesis and len(known) == 1) or len(known) < 2:
        return network["powLimit"] if from_genesis or not network["retarget"] else None
    late = (known[-1].time - known[-2].time - network["spacing"]) * 65536
    exponent = abs(late) // network["halfLife"] * (1 if late >= 0 else -1)
    shifts, x = exponent >> 16, exponent & 0xFFFF
    factor = 65536 + ((195766423245049 * x + 971821376 * x**2 + 5127 * x**3 + 2**47) >> 48)
    scaled, shift = target_of(known[-1].bits, limit) * factor, shifts - 16
    if shift > 512:
        return bits_of(limit)
    return bits_of(max(1, min(scaled << shift if shift >= 0 else scaled >> -shift, limit)))

FIELDS = ("format", "version", "network", "transaction", "position", "branch", "headers", "tip")

def verify(data):  # section 12; gives what the receipt proves, or raises Refused
    try:
        rule(len(data) <= 16_777_216, "proof-malformed")
        receipt = json.loads(data.decode("utf-8"), parse_float=whole, parse_constant=int)
    except (ValueError, RecursionError):
        raise Refused("proof-malformed")
    rule(isinstance(receipt, dict) and receipt.get("format") == "stele-receipt", "proof-malformed")
    rule(is_int(receipt.get("version"), 1, 1), "proof-version-unknown")
    rule(has_fields(receipt, FIELDS), "proof-malformed")
    network, wire, position, branch = (receipt[field] for field in FIELDS[2:6])
    lists = isinstance(branch, list) and len(branch) <= 13 and all(is_hex(step, 32) for step in branch)
    lists = lists and isinstance(receipt["headers"], list) and 1 <= len(receipt["headers"]) <= 100_000
    rule(lists and all(is_hex(header, 80) for header in receipt["headers"]), "proof-malformed")
    rule(is_int(position, 0, 4_999) and is_hex(receipt["tip"], 32), "proof-malformed")
    genesis, limit = check_network(network)
    rule(has_fields(wire, ("statement", "signature", "content", "salt")), "proof-malformed")
    signed, signature = check_transaction(wire, network["genesis"]), bytes.fromhex(wire["signature"])
    rule(data in (canonical(receipt), canonical(receipt) + b"\n"), "proof-not-canonical")
    try:
        VerifyKey(bytes.fromhex(wire["statement"]["publicKey"])).verify(signed, signature)
    except BadSignatureError:
        raise Refused("signature-invalid")

    headers = [Header(bytes.fromhex(header)) for header in receipt["headers"]]
    node = post = sha256d(signed + signature)
    is_end = False
    for level, step in enumerate(branch):
        other = bytes.fromhex(step)[::-1]
        left, equal = position >> level & 1, other == node
        rule(not (left and equal) and (left or equal or not is_end), "merkle-tree-mutated")
        is_end, node = is_end or equal, sha256d(other + node if left else node + other)
    rule(position >> len(branch) == 0 and node == headers[0].root, "merkle-root-mismatch")
    rule(wire["statement"]["timestamp"] <= (headers[0].time + 600) * 1000, "transaction-too-new")

    from_genesis = headers[0].previous == genesis.hash
    known, work = [genesis] if from_genesis else [], 0
    for at, header in enumerate(headers):
        rule(at == 0 or header.previous == headers[at - 1].hash, "headers-unlinked")
        work += header.check_work(limit)
        rule(bits_after(known, from_genesis, network, limit) in (None, header.bits), "bits-wrong")
        times = sorted(below.time for below in known[-11:])
        rule(not from_genesis and len(times) < 11 or header.time > times[len(times) // 2], "time-too-old")
        known.append(header)
    rule(receipt["tip"] == shown(headers[-1].hash), "tip-mismatch")
    where = f"block {shown(headers[0].hash)} depth {len(headers) - 1} tip {receipt['tip']} work {work}"
    return f"post {shown(post)} {where} network {network['genesis']}"

refused = 0
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            print(f"{name}: valid: {verify(file.read())}")
    except Refused as reason:
        refused = 1
        print(f"{name}: refused: {reason}")
sys.exit(refused)
