#!/usr/bin/env python3
"""Holds the vectors of Stele (docs/PROTOCOL.md, section 15) against the second implementation of its rules, stele.py.

    check_vectors.py DIRECTORY    a line for each file, and one for each case that differs; exit code 1 when any does
"""
import json
import os
import sys

sys.dont_write_bytecode = True

import stele
from stele import Chain, Header, Post, Refused, shown


def reason_of(act, *given):
    """What an act gives, or why it is refused."""
    try:
        return act(*given)
    except Refused as reason:
        return str(reason)


def reversed_hex(text):
    return bytes.fromhex(text)[::-1]


def decode(bits):
    target = stele.target_of(bits, 2**256 - 1)
    return (None, None) if target is None else (f"{target:064x}", str(stele.work_of(target)))


def fields_of(header):
    return {
        "version": header.version,
        "previousHash": shown(header.previous),
        "merkleRoot": shown(header.root),
        "time": header.time,
        "nonce": header.nonce,
        "bits": f"{header.bits:08x}",
    }


def meets_target(header):
    return not isinstance(reason_of(header.check_work, 2**256 - 1), str)


class Known:
    """As much of a header as the next bits follow from."""

    def __init__(self, time, bits):
        self.time, self.bits = time, int(bits or "0", 16)


def next_bits(case):
    network = {**case["network"], "powLimit": int(case["network"]["powLimit"], 16)}
    below = [case["grandparent"]] if case["grandparent"] else []
    known = [Known(header["time"], header.get("bits")) for header in below + [case["parent"]]]
    limit = stele.target_of(network["powLimit"], 2**256 - 1)
    return f"{stele.bits_after(known, network, limit):08x}"


def mined(case):
    root, mutated, branches = stele.merkle([reversed_hex(each) for each in case["ids"]])
    shown_branches = [[{"hash": shown(step), "left": left} for step, left in branch] for branch in branches]
    return {"root": shown(root), "mutated": mutated, "branches": [] if mutated else shown_branches}


def transaction(wire, network):
    post = Post(wire, network)
    post.check_signature()
    return {"bytes": post.signed.hex(), "id": shown(post.id), "postWork": post.work(), "size": post.size}


def genesis_of(case):
    file = case["file"]
    genesis, _ = stele.check_network(file)
    end = b"".join(file[field].to_bytes(4, "little") for field in ("time", "powLimit", "nonce"))
    canonical = stele.parameters_of(file)
    header = bytes([1, 0, 0, 0]) + bytes(32) + stele.sha256d(canonical) + end
    return canonical.decode("utf-8"), header.hex(), shown(genesis.hash)


def judged(vectors, candidate):
    chain = Chain(vectors["network"])
    for block in vectors["chain"]:
        chain.apply(block, Header(bytes.fromhex(block["header"])).time)
    result = reason_of(chain.apply, candidate["block"], candidate["now"])
    return result if isinstance(result, str) else None


def applied(vectors):
    chain = Chain(vectors["network"])
    return [block_of(chain.apply(block, 2**32)) for block in vectors["chain"]]


def block_of(result):
    header, posts = result
    return {"hash": shown(header.hash), "ids": [shown(post.id) for post in posts]}


def proof(verify, text):
    return reason_of(verify, text.encode("utf-8"))


def part_of(result, wanted):
    """Those fields of a result that the vector has, so that one line shows what differs."""
    return {field: result[field] for field in wanted if field in result} if isinstance(result, dict) else result


def listing(case):
    result = proof(stele.verify_listing, case["text"])
    if isinstance(result, str):
        return result
    posts, blocks = result["posts"], result["blocks"]
    wanted = {key: case["proves"][key] for key in ("tip", "work")}
    given = {"tip": result["tip"], "work": result["work"]}
    return given == wanted and posts == [post["id"] for post in case["proves"]["posts"]] and (
        len(blocks), blocks[0], blocks[-1]
    ) == (case["proves"]["blocks"], case["proves"]["first"], case["proves"]["last"])


def export(network, case):
    data = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode("utf-8")
    return stele.read_export(data, network)


def receipts(vectors):
    for case in vectors["valid"]:
        wanted = {field: case["proves"][field] for field in ("id", "block", "tip", "depth", "work")}
        yield case["name"], part_of(proof(stele.verify_receipt, case["text"]), wanted), wanted
    for case in vectors["invalid"]:
        yield case["name"], proof(stele.verify_receipt, case["text"]), case["reason"]


def listings(vectors):
    for case in vectors["valid"]:
        yield case["name"], listing(case), True
    for case in vectors["invalid"]:
        yield case["name"], proof(stele.verify_listing, case["text"]), case["reason"]


def transactions(vectors):
    for case in vectors["valid"]:
        wanted = {field: case[field] for field in ("bytes", "id", "postWork", "size")}
        yield case["name"], reason_of(transaction, case["wire"], vectors["network"]), wanted
    for case in vectors["invalid"]:
        yield case["name"], reason_of(transaction, case["wire"], vectors["network"]), case["reason"]


def networks(vectors):
    for case in vectors["valid"]:
        wanted = case["canonical"], case["header"], case["file"]["genesis"]
        yield case["file"]["name"], reason_of(genesis_of, case), wanted
    for case in vectors["invalid"]:
        yield case["name"], reason_of(stele.check_network, case["file"]), case["reason"]


def blocks(vectors):
    yield "the chain", applied(vectors), vectors["applied"]
    for case in vectors["candidates"]:
        yield case["name"], judged(vectors, case), case["reason"]


def compact(vectors):
    for case in vectors["decode"]:
        yield case["bits"], decode(int(case["bits"], 16)), (case["target"], case["work"])
    for case in vectors["encode"]:
        yield case["target"], f"{stele.bits_of(int(case['target'], 16)):08x}", case["bits"]


def compact_blocks(vectors):
    for case in vectors["shorten"]:
        yield case["name"], stele.shorten(case["ids"], case["digits"]), case["short"]
    for case in vectors["blocks"]:
        root = bytes.fromhex(case["merkleRoot"])[::-1]
        try:
            given = (*stele.complete(case["ids"], root, case["sent"], case["pending"]), None)
        except stele.Refused as refusal:
            given = (None, None, str(refusal))
        yield case["name"], given, (case["transactionIds"], case["missing"], case["reason"])


def commitment(case):
    content = case["content"].encode("utf-8")
    return len(content), stele.commitment_to(bytes.fromhex(case["salt"]), content)


def signature(case):
    return stele.is_signed(*(bytes.fromhex(case[field]) for field in ("publicKey", "message", "signature")))


def header(case):
    read = Header(bytes.fromhex(case["hex"]))
    return fields_of(read), shown(read.hash), meets_target(read)


def each(act, wanted):
    """The checks of a file that has no more than `cases`."""
    return lambda vectors: ((case.get("name", ""), act(case), wanted(case)) for case in vectors["cases"])


FILES = {
    "blocks.json": blocks,
    "canonical.json": each(lambda case: stele.canonical(stele.read_json(case["json"].encode())).hex(), lambda c: c["hex"]),
    "commitments.json": each(commitment, lambda case: (case["size"], case["commitment"])),
    "compact.json": compact,
    "compactBlocks.json": compact_blocks,
    "difficulty.json": each(next_bits, lambda case: case["nextBits"]),
    "exports.json": lambda vectors: (
        (case["name"], export(vectors["network"], case), (case["taken"], case["known"], case["fault"]))
        for case in vectors["files"]
    ),
    "headers.json": each(header, lambda case: (case["header"], case["hash"], case["meetsTarget"])),
    "listings.json": listings,
    "medianTime.json": each(lambda case: stele.median(case["times"]), lambda case: case["median"]),
    "merkle.json": each(mined, lambda case: {field: case[field] for field in ("root", "mutated", "branches")}),
    "names.json": each(lambda case: stele.is_name(case["value"]), lambda case: case["valid"]),
    "networks.json": networks,
    "receipts.json": receipts,
    "signatures.json": each(signature, lambda case: case["valid"]),
    "transactions.json": transactions,
}


def expand(value):
    """Writes out what stands as {repeat, times}."""
    if isinstance(value, list):
        return [expand(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {"repeat", "times"}:
        return {key: expand(each) for key, each in value.items()}
    repeated = value["repeat"]
    return repeated * value["times"] if isinstance(repeated, str) else [expand(repeated)] * value["times"]


def main(directory):
    differs = False
    for name in sorted(name for name in os.listdir(directory) if name.endswith(".json")):
        if name not in FILES:
            print(f"{name}: nobody checks it")
            differs = True
            continue
        with open(os.path.join(directory, name), "rb") as file:
            results = list(FILES[name](expand(json.load(file))))
        wrong = [(case, given, wanted) for case, given, wanted in results if given != wanted]
        for case, given, wanted in wrong:
            print(f"{name}: {case}: {wanted} is what stands there, {given} what follows from the protocol")
        differs = differs or bool(wrong)
        print(f"{name}: {len(results) - len(wrong)} of {len(results)} agree")
    return 1 if differs else 0


sys.exit(main(sys.argv[1]))
