# usage: python compare.py NAME DIRECT THROUGH
#
# Compares the verdicts of two reports of kosoku, case by case, with the close codes that were seen.

import json
import pathlib
import re
import sys


def verdicts(folder):
    found = {}
    for report in pathlib.Path(folder).glob("*_case_*.json"):
        case = re.search(r"_case_([0-9_]+)\.json$", report.name).group(1).replace("_", ".")
        text = json.loads(report.read_text())
        found[case] = tuple(
            text.get(it) for it in ("behavior", "behaviorClose", "remoteCloseCode", "remoteCloseReason")
        )
    return found


name, direct, through = sys.argv[1], verdicts(sys.argv[2]), verdicts(sys.argv[3])
different = [it for it in sorted(direct.keys() | through.keys()) if direct.get(it) != through.get(it)]
for case in different:
    print(f"conformance: {name} {case}: directly {direct.get(case)}, through Dormouse {through.get(case)}")
print(f"conformance: {name}: {len(direct)} cases, {len(different)} differ")
sys.exit(1 if different or not direct else 0)
