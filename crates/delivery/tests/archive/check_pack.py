"""Checks a pack by its read-me alone: hashlib and json, nothing of ours. Says what does not hold, and ends with 1."""

import hashlib
import json
import pathlib
import sys

pack = pathlib.Path(sys.argv[1])
faults = []


def field(value):
    if value is None:
        value = b""
    elif isinstance(value, str):
        value = value.encode()
    elif isinstance(value, int):
        value = value.to_bytes(8, "big", signed=True)
    return len(value).to_bytes(8, "big") + value


def digest(*fields):
    return hashlib.sha256(b"".join(map(field, fields))).hexdigest()


def expect(what, found, wanted):
    if found != wanted:
        faults.append(f"{what}: {found} != {wanted}")


for line in (pack / "SHA256SUMS").read_text().splitlines():
    wanted, name = line.split("  ", 1)
    expect(name, hashlib.sha256((pack / name).read_bytes()).hexdigest(), wanted)
listed = {line.split("  ", 1)[1] for line in (pack / "SHA256SUMS").read_text().splitlines()}
there = {str(path.relative_to(pack)) for path in pack.rglob("*") if path.is_file()}
expect("files", there, listed | {"SHA256SUMS"})

chain = json.loads((pack / "chain.json").read_text())["chain"]
index = json.loads((pack / "index.json").read_text())
records = [step for step in chain if step["type"] == "record"]
links = {(step["node"], step["number"]): step for step in chain if step["type"] == "link"}
heads = [step for step in chain if step["type"] == "head"]
unhex = bytes.fromhex

expect("pieces", len(index), len(records))
for piece, record in zip(index, records):
    name = f"record {record['number']} of {record['node']}"
    found = digest(
        "gkh entry 1",
        *(record[key] for key in ("node", "number", "message", "build", "message_guid", "role", "organisation")),
        *(record[key] for key in ("stand", "kind", "operation", "accepted", "sent", "answered", "recorded", "key")),
        unhex(record["plain"]),
        unhex(record["sealed"]),
    )
    expect(name, found, record["digest"])
    if record["file"]:
        expect(f"{name}, file", hashlib.sha256((pack / record["file"]).read_bytes()).hexdigest(), record["plain"])
    link = links[record["node"], piece["link"]]
    expect(f"{name}, place", link["records"][record["number"] - link["first"]], record["digest"])
    for key in ("node", "number", "file", "role", "operation", "organisation", "message_guid"):
        expect(f"{name}, index {key}", piece[key], record[key])
    expect(f"{name}, index digest", piece["sha256"], record["plain"])

for (node, number), link in links.items():
    name = f"link {number} of {node}"
    if "records" in link:
        expect(f"{name}, count", len(link["records"]), link["count"])
        expect(f"{name}, content", digest("gkh link content 1", *map(unhex, link["records"])), link["content"])
    found = digest(
        "gkh link 1",
        *(link[key] for key in ("node", "number", "first", "count", "at")),
        unhex(link["content"]),
        unhex(link["previous"]),
    )
    expect(name, found, link["hash"])
    if (node, number - 1) in links:
        expect(f"{name}, previous", link["previous"], links[node, number - 1]["hash"])

before = {}
covered = set()
for head in heads:
    name = f"head {head['date']} of {head['node']}"
    fields = [head[key] for key in ("node", "day", "link")]
    found = digest("gkh head 1", *fields, unhex(head["link_hash"]), head["entry"], unhex(head["previous"]))
    expect(name, found, head["hash"])
    expect(f"{name}, file", (pack / f"{head['file']}.hash").read_bytes().hex(), head["hash"])
    expect(f"{name}, signature", (pack / f"{head['file']}.signature").read_bytes().hex(), head["signature"])
    if head["node"] in before:
        expect(f"{name}, previous", head["previous"], before[head["node"]])
    before[head["node"]] = head["hash"]
    # Every link of the pack up to this one hangs on it.
    number = head["link"]
    if (head["node"], number) in links:
        expect(f"{name}, link", links[head["node"], number]["hash"], head["link_hash"])
    while (head["node"], number) in links:
        covered.add((head["node"], number))
        number -= 1

uncovered = sum("records" in link and place not in covered for place, link in links.items())
if faults:
    print("\n".join(faults))
    sys.exit(1)
print(f"{len(records)} records, {len(links)} links, {len(heads)} heads, {uncovered} uncovered")
