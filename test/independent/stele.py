"""The rules of Stele: a second implementation, written from docs/PROTOCOL.md alone. Sections are those of the document.

Needs Python 3.9 and, for libsodium's signatures, PyNaCl (Debian: python3-nacl).
"""
import hashlib
import json
import re

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey


class Refused(Exception):
    """The reason why something is refused, as the protocol names it."""


def rule(holds, reason):
    if not holds:
        raise Refused(reason)


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def shown(digest):
    return digest[::-1].hex()


def canonical(value):
    """RFC 8785, for numbers that are integers."""
    return json.dumps(ordered(value), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def ordered(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: ordered(value[key]) for key in keys}
    if isinstance(value, list):
        return [ordered(each) for each in value]
    return 0 if type(value) is float and value == 0 else value


def whole(text):
    """A number: an integer when its value is one, whatever its spelling; minus zero is none."""
    value = float(text)
    return int(text if text.lstrip("-").isdigit() else value) if value.is_integer() and str(value) != "-0.0" else value


def read_json(data):
    """JSON in UTF-8. Of two equal keys the last counts. Raises ValueError or RecursionError."""
    return json.loads(data.decode("utf-8"), parse_float=whole, parse_int=whole, parse_constant=int)


def is_int(value, low, high):
    return type(value) is int and low <= value <= high


def is_hex(value, size):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * size), value) is not None


def is_text(value):
    return isinstance(value, str) and not any(0xD800 <= ord(c) <= 0xDFFF for c in value)


def is_name(value):  # section 5.2
    fits = is_text(value) and 1 <= len(value.encode("utf-8")) <= 64
    return fits and not any(ord(c) < 0x20 or ord(c) == 0x7F for c in value)


def is_topics(value):
    return isinstance(value, list) and len(value) <= 8 and all(map(is_name, value)) and len(set(value)) == len(value)


def has_fields(value, fields):
    return isinstance(value, dict) and set(value) == set(fields)


def target_of(bits, limit):  # section 3; None when there is none
    exponent, sign, mantissa = bits >> 24, bits & 0x800000, bits & 0x7FFFFF
    target = mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)
    return target if not (sign and target) and 0 < target <= limit else None


def bits_of(target):
    size = (target.bit_length() + 7) // 8
    mantissa = target >> 8 * (size - 3) if size >= 3 else target << 8 * (3 - size)
    if mantissa & 0x800000:
        mantissa, size = mantissa >> 8, size + 1
    return size << 24 | mantissa


def work_of(target):
    return 2**256 // (target + 1)


class Header:  # section 2
    def __init__(self, data):
        rule(len(data) == 80, "header-malformed")
        self.hash = sha256d(data)
        self.version = int.from_bytes(data[:4], "little", signed=True)
        self.previous, self.root = data[4:36], data[36:68]
        self.time, self.bits, self.nonce = (int.from_bytes(data[at : at + 4], "little") for at in (68, 72, 76))

    def check_work(self, limit):
        target = target_of(self.bits, limit)
        rule(target is not None, "bits-invalid")
        rule(int.from_bytes(self.hash, "little") <= target, "proof-of-work-insufficient")
        return work_of(target)


PARAMETERS = ("name", "message", "time", "powLimit", "spacing", "halfLife", "retarget")


def parameters_of(file):  # section 4: what the genesis header's Merkle root is computed of
    return canonical({field: file[field] for field in PARAMETERS})


def check_network(file):  # section 4; gives the genesis header and the limit
    rule(has_fields(file, PARAMETERS + ("nonce", "genesis")), "network-malformed")
    good = isinstance(file["name"], str) and re.fullmatch("[a-z][a-z0-9-]{0,31}", file["name"])
    good = good and is_text(file["message"]) and len(file["message"].encode("utf-8")) <= 256
    good = good and all(is_int(file[field], 0, 2**32 - 1) for field in ("time", "powLimit", "nonce"))
    good = good and is_int(file["spacing"], 1, 86_400) and is_int(file["halfLife"], 1, 31_536_000)
    good = good and type(file["retarget"]) is bool
    rule(good, "network-malformed")
    limit = target_of(file["powLimit"], 2**255 - 1)
    rule(limit is not None and bits_of(limit) == file["powLimit"], "network-malformed")
    end = b"".join(file[field].to_bytes(4, "little") for field in ("time", "powLimit", "nonce"))
    genesis = Header(bytes([1, 0, 0, 0]) + bytes(32) + sha256d(parameters_of(file)) + end)
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


def commitment_to(salt, content):  # section 5.3
    return hashlib.sha256(salt + content).hexdigest()


class Post:  # section 5
    def __init__(self, wire, network):
        wire = wire if isinstance(wire, dict) else {}
        statement, content, salt = (wire.get(field) for field in ("statement", "content", "salt"))
        rule(isinstance(statement, dict), "statement-malformed")
        rule(set(statement) <= {field for field, _, _ in STATEMENT}, "statement-malformed")
        for field, reason, is_right in STATEMENT:
            rule(field in statement, "statement-malformed")
            rule(is_right(statement[field]), reason)
        rule(statement["network"] == network, "wrong-network")
        rule(is_hex(wire.get("signature"), 64), "signature-malformed")
        if content is not None or salt is not None:
            rule(is_text(content), "content-malformed")
            data = content.encode("utf-8")
            rule(len(content.encode("utf-16-le")) <= 2 * 16_384, "size-invalid")
            rule(is_hex(salt, 16), "content-malformed")
            opened = commitment_to(bytes.fromhex(salt), data)
            rule(len(data) == statement["size"] and opened == statement["commitment"], "content-mismatch")
        self.statement, self.signed, self.signature = statement, canonical(statement), bytes.fromhex(wire["signature"])
        self.key = bytes.fromhex(statement["publicKey"])
        self.id = sha256d(self.signed + self.signature)
        self.size = len(self.signed) + 64 + statement["size"]

    def work(self):  # section 5.5
        return 256 - int.from_bytes(sha256d(self.signed), "big").bit_length()

    def check_signature(self):
        rule(is_signed(self.key, self.signed, self.signature), "signature-invalid")


def is_signed(key, message, signature):  # section 5.4
    try:
        VerifyKey(key).verify(message, signature)
        return True
    except (BadSignatureError, ValueError):  # of another length is no signature either
        return False


def merkle(ids):  # section 6; the root, whether the list is refused, and the branch of each id
    level, mutated, branches = list(ids), False, [[] for _ in ids]
    places = list(range(len(level)))
    while len(level) > 1:
        mutated = mutated or any(level[at] == level[at + 1] for at in range(0, len(level) - 1, 2))
        level += [level[-1]] if len(level) % 2 else []
        for at, place in enumerate(places):
            branches[at].append((level[place ^ 1], place % 2 == 1))
        level, places = [sha256d(level[at] + level[at + 1]) for at in range(0, len(level), 2)], [p // 2 for p in places]
    return (level[0] if level else bytes(32)), mutated, branches


def complete(ids, root, sent, pending):  # section 14.3; the ids of the block, or None and those that are missing
    def meant(start, posts):
        found = {post for post in posts if post.startswith(start)}
        return found.pop() if len(found) == 1 else None

    def leads(posts):
        found, mutated, _ = merkle([bytes.fromhex(post)[::-1] for post in posts])
        return "merkle-tree-mutated" if mutated else None if found == root else "merkle-root-mismatch"

    if all(len(given) == 64 for given in ids):
        rule(leads(ids) is None, leads(ids))
    found = [meant(given, sent) for given in ids]
    guessed = [given for given, post in zip(ids, found) if post is None and len(given) < 64]
    found = [post or meant(given, pending) for given, post in zip(ids, found)]
    missing = [given for given, post in zip(ids, found) if post is None]
    if missing:
        return None, missing
    wrong = leads(found)
    if wrong and guessed:
        return None, guessed
    rule(wrong is None, wrong)
    return found, None


def shorten(ids, digits):  # section 14.3
    begins = [post[:digits] for post in ids]
    return [begin if begins.count(begin) == 1 else post for post, begin in zip(ids, begins)]


def median(times):  # section 7
    return sorted(times)[len(times) // 2]


def bits_after(known, network, limit):  # section 8; from the headers below, genesis among them
    if not network["retarget"] or len(known) == 1:
        return network["powLimit"]
    late = (known[-1].time - known[-2].time - network["spacing"]) * 65536
    exponent = abs(late) // network["halfLife"] * (1 if late >= 0 else -1)
    shifts, x = exponent >> 16, exponent & 0xFFFF
    factor = 65536 + ((195766423245049 * x + 971821376 * x**2 + 5127 * x**3 + 2**47) >> 48)
    scaled, shift = target_of(known[-1].bits, 2**256) * factor, shifts - 16
    if shift > 512:
        return bits_of(limit)
    return bits_of(max(1, min(scaled << shift if shift >= 0 else scaled >> -shift, limit)))


class Names:  # section 7.1
    def __init__(self):
        self.bound = {}

    def copy(self):
        names = Names()
        names.bound = dict(self.bound)
        return names

    def take(self, post):
        name, key, successor = (post.statement[field] for field in ("author", "publicKey", "successor"))
        bound_key, heir = self.bound.get(name, (None, None))
        if bound_key == key:
            return
        rule(bound_key is None or heir == hashlib.sha256(post.key).hexdigest(), "name-taken")
        self.bound[name] = (key, successor)


class Chain:
    """The blocks of a network from genesis on, each judged on top of the one before."""

    def __init__(self, network):
        self.network = network
        genesis, self.limit = check_network(network)
        self.headers, self.names, self.ids = [genesis], Names(), set()

    def apply(self, wire, now):  # section 9; None when the block is there already
        header_hex = wire.get("header") if isinstance(wire, dict) else None
        rule(isinstance(header_hex, str) and re.fullmatch("[0-9a-fA-F]{160}", header_hex), "header-malformed")
        header = Header(bytes.fromhex(header_hex))
        rule(isinstance(wire.get("transactions"), list), "merkle-root-mismatch")
        # A list of too many is counted, and not read.
        rule(len(wire["transactions"]) <= 5_000, "too-many-transactions")
        posts = [Post(post, self.network["genesis"]) for post in wire["transactions"]]
        if any(header.hash == known.hash for known in self.headers):
            return None
        header.check_work(self.limit)
        root, mutated, _ = merkle([post.id for post in posts])
        rule(not mutated, "merkle-tree-mutated")
        rule(root == header.root, "merkle-root-mismatch")
        rule(sum(post.size for post in posts) <= 1_048_576, "block-too-large")
        seen = set()
        for post in posts:
            rule(post.id not in seen, "transaction-on-chain")
            seen.add(post.id)
            rule(post.statement["timestamp"] <= (header.time + 600) * 1000, "transaction-too-new")
        rule(header.previous == self.headers[-1].hash, "parent-unknown")
        rule(header.bits == bits_after(self.headers, self.network, self.limit), "bits-wrong")
        rule(header.time > median([below.time for below in self.headers[-11:]]), "time-too-old")
        rule(header.time <= now + 600, "time-too-new")
        for post in posts:
            post.check_signature()
        names = self.names.copy()
        for post in posts:
            rule(post.id not in self.ids, "transaction-on-chain")
            names.take(post)
        self.headers.append(header)
        self.names, self.ids = names, self.ids | seen
        return header, posts


def read_proof(data, form, fields):  # section 12.1, the beginning of step 1
    try:
        rule(len(data) <= 16_777_216, "proof-malformed")
        proof = read_json(data)
    except (ValueError, RecursionError):
        raise Refused("proof-malformed")
    rule(isinstance(proof, dict) and proof.get("format") == form, "proof-malformed")
    rule(is_int(proof.get("version"), 1, 1), "proof-version-unknown")
    rule(has_fields(proof, fields), "proof-malformed")
    headers = proof["headers"]
    rule(isinstance(headers, list) and 1 <= len(headers) <= 100_000, "proof-malformed")
    rule(all(is_hex(header, 80) for header in headers) and is_hex(proof["tip"], 32), "proof-malformed")
    return proof


def check_spelling(data, proof):
    rule(data in (canonical(proof), canonical(proof) + b"\n"), "proof-not-canonical")


def check_headers(headers, tip, network, genesis, limit):  # section 12.1, steps 7 and 8; the work of each
    from_genesis = headers[0].previous == genesis.hash
    known, works = [genesis] if from_genesis else [], []
    for at, header in enumerate(headers):
        rule(at == 0 or header.previous == headers[at - 1].hash, "headers-unlinked")
        works.append(header.check_work(limit))
        if from_genesis or len(known) >= 2 or not network["retarget"]:
            rule(header.bits == bits_after(known, network, limit), "bits-wrong")
        if from_genesis or len(known) >= 11:
            rule(header.time > median([below.time for below in known[-11:]]), "time-too-old")
        known.append(header)
    rule(tip == shown(headers[-1].hash), "tip-mismatch")
    return works


RECEIPT = ("format", "version", "network", "transaction", "position", "branch", "headers", "tip")
POST = ("statement", "signature", "content", "salt")


def verify_receipt(data):  # section 12; gives what the receipt proves
    receipt = read_proof(data, "stele-receipt", RECEIPT)
    network, wire, position, branch = (receipt[field] for field in RECEIPT[2:6])
    steps = isinstance(branch, list) and len(branch) <= 13 and all(is_hex(step, 32) for step in branch)
    rule(steps and is_int(position, 0, 4_999), "proof-malformed")
    genesis, limit = check_network(network)
    rule(has_fields(wire, POST), "proof-malformed")
    post = Post(wire, network["genesis"])
    check_spelling(data, receipt)
    post.check_signature()
    headers = [Header(bytes.fromhex(header)) for header in receipt["headers"]]
    node, is_end = post.id, False
    for level, step in enumerate(branch):
        other = bytes.fromhex(step)[::-1]
        left, equal = position >> level & 1, other == node
        rule(not (left and equal) and (left or equal or not is_end), "merkle-tree-mutated")
        is_end, node = is_end or equal, sha256d(other + node if left else node + other)
    rule(position >> len(branch) == 0 and node == headers[0].root, "merkle-root-mismatch")
    rule(post.statement["timestamp"] <= (headers[0].time + 600) * 1000, "transaction-too-new")
    works = check_headers(headers, receipt["tip"], network, genesis, limit)
    return {
        "id": shown(post.id),
        "block": shown(headers[0].hash),
        "depth": len(headers) - 1,
        "tip": receipt["tip"],
        "work": str(sum(works)),
        "network": network["genesis"],
    }


LISTING = ("format", "version", "network", "query", "blocks", "headers", "tip")


def matcher(query):  # section 13
    rule(isinstance(query, dict) and len(query) == 1, "proof-malformed")
    if "publicKey" in query:
        rule(is_hex(query["publicKey"], 32), "proof-malformed")
        return lambda statement: statement.get("publicKey") == query["publicKey"]
    rule(is_name(query.get("topic")), "proof-malformed")
    return lambda statement: query["topic"] in statement["topics"]


def verify_listing(data):  # section 13; gives what the listing proves
    listing = read_proof(data, "stele-listing", LISTING)
    network, blocks = listing["network"], listing["blocks"]
    matches = matcher(listing["query"])
    rule(isinstance(blocks, list) and 1 <= len(blocks) <= 1_000, "proof-malformed")
    rule(all(isinstance(block, list) and len(block) <= 5_000 for block in blocks), "proof-malformed")
    rule(len(blocks) <= len(listing["headers"]), "proof-malformed")
    genesis, limit = check_network(network)
    read, matching = [], []
    for block in blocks:
        posts = []
        for wire in block:
            rule(has_fields(wire, POST) or has_fields(wire, POST[:2]), "proof-malformed")
            post = Post(wire, network["genesis"])
            is_match = matches(post.statement)
            rule(has_fields(wire, POST if is_match else POST[:2]), "proof-malformed")
            matching += [post] if is_match else []
            posts.append(post)
        read.append(posts)
    check_spelling(data, listing)
    headers = [Header(bytes.fromhex(header)) for header in listing["headers"]]
    for posts, header in zip(read, headers):
        root, mutated, _ = merkle([post.id for post in posts])
        rule(not mutated, "merkle-tree-mutated")
        rule(root == header.root, "merkle-root-mismatch")
    works = check_headers(headers, listing["tip"], network, genesis, limit)
    for post in matching:
        post.check_signature()
    return {
        "posts": [shown(post.id) for post in matching],
        "blocks": [shown(header.hash) for header in headers[: len(blocks)]],
        "tip": listing["tip"],
        "work": str(sum(works[len(blocks) - 1 :])),
        "network": network["genesis"],
    }


def read_export(data, network):  # section 11; blocks taken, blocks known, and (line, reason) or None
    chain, taken, known = Chain(network), 0, 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line in (b"", b"\r") or line.startswith(b'{"decision":'):
            continue
        try:
            try:
                wire = read_json(line[3:] if line.startswith(b"\xef\xbb\xbf") else line)
            except (ValueError, RecursionError):
                raise Refused("not-json")
            is_new = chain.apply(wire, 2**32) is not None
            taken, known = taken + is_new, known + (not is_new)
        except Refused as reason:
            return taken, known, {"line": number, "reason": str(reason)}
    return taken, known, None
