"""A client in Python's standard library: posts, follows over server-sent events, and reads page by page.

usage: client.py URL INPUTS, where INPUTS is a JSON list of signed posts. Prints what it saw as one JSON object.
"""
import json
import sys
import threading
import urllib.request

URL = sys.argv[1]
INPUTS = json.loads(sys.argv[2])

SUBMIT = """mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { status { state } }
}"""
PAGE = """query ($after: String) {
  pendingTransactions(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
}"""
ARRIVALS = "subscription { transactionPending { id } }"


def send(query, variables, accept="application/json"):
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"content-type": "application/json", "accept": accept}
    return urllib.request.urlopen(urllib.request.Request(URL, body, headers), timeout=60)


def ask(query, variables):
    with send(query, variables) as response:
        answer = json.load(response)
    if "errors" in answer:
        raise RuntimeError(answer["errors"])
    return answer["data"]


def events(response):
    """The data of each `next` event. The stream's first line, a comment, says that it has begun."""
    name = None
    for line in response:
        text = line.decode().rstrip("\r\n")
        if text.startswith("event:"):
            name = text[6:].strip()
        elif text.startswith("data:") and name == "next":
            yield json.loads(text[5:])["data"]


arrived = []
stream = send(ARRIVALS, {}, accept="text/event-stream")
stream.readline()


def listen():
    for data in events(stream):
        arrived.append(data["transactionPending"]["id"])
        if len(arrived) == len(INPUTS):
            return


listener = threading.Thread(target=listen, daemon=True)
listener.start()
states = [ask(SUBMIT, {"input": post})["submitTransaction"]["status"]["state"] for post in INPUTS]
listener.join(30)

paged = []
after, more = None, True
while more:
    page = ask(PAGE, {"after": after})["pendingTransactions"]
    paged += [node["id"] for node in page["nodes"]]
    more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]

print(json.dumps({"states": states, "arrived": arrived, "paged": paged}))
