# SPDX-License-Identifier: Apache-2.0
"""JSON Schema as far as the schemas of docs/ use it; a keyword that is not known here is an error."""
import re

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
KNOWN = {"$schema", "title", "type", "required", "additionalProperties", "properties", "items", "minItems", "maxItems",
         "minLength", "maxLength", "minimum", "pattern"}


def faults(schema, value, path="$"):
    """What of the value is not as the schema says, a line each."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if not isinstance(value, TYPES[schema["type"]]) or (schema["type"] == "integer" and isinstance(value, bool)):
        return ["%s is no %s" % (path, schema["type"])]
    found = []
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += ["%s has no %s" % (path, name) for name in schema.get("required", []) if name not in value]
        for name, part in value.items():
            if name in properties:
                found += faults(properties[name], part, path + "." + name)
            elif schema.get("additionalProperties") is False:
                found.append("%s has %s" % (path, name))
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append("%s has %d items" % (path, len(value)))
        for number, part in enumerate(value):
            found += faults(schema["items"], part, "%s[%d]" % (path, number))
    elif isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            found.append("%s has %d characters" % (path, len(value)))
        if not re.search(schema.get("pattern", ""), value):
            found.append("%s is %s" % (path, value))
    elif isinstance(value, int) and value < schema.get("minimum", value):
        found.append("%s is %d" % (path, value))
    return found
