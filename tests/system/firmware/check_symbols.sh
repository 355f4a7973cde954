#!/usr/bin/env bash
# Checks that device code asks its environment for nothing but memory moves, integer arithmetic and its own
# drivers: no heap, no exceptions, no run-time types, no iostreams, no locks around statics, no floats.
# usage: check_symbols.sh OBJECT…
set -eu

# What gcc may call in any freestanding program (GCC manual, "Language Standards"; Arm IHI 0043, chapter 5.1).
allowed='^(memcpy|memmove|memset|memcmp|__aeabi_mem(cpy|move|set|clr)[48]?'
allowed+='|__aeabi_(u?idiv(mod)?|u?ldivmod|lmul|llsl|llsr|lasr|u?lcmp|idiv0|ldiv0)|__clzsi2|__gnu_thumb1_case_.*)$'
# The drivers of the program that is looked at.
allowed+='|Driver|ExternalFlash'
# Named for the message; none of them is in the list above either.
forbidden='_Zn[wa]|_Zd[la]|alloc|free$|__cxa_|_Unwind|__gxx_personality|_ZTI|_ZTS|dynamic_cast|_ZNS[aiotsd]|_ZS[t]'
forbidden+='|__aeabi_(unwind|[fd](add|sub|mul|div|2|cmp)|atexit)|^(printf|puts|abort|exit|errno)'

failed=0
for object in "$@"; do
  [ "$(arm-none-eabi-nm --defined-only "$object" | grep -c ' [TtWw] ')" -gt 0 ] || {
    echo "FAILED: $object has no code"
    failed=1
  }
  undefined=$(arm-none-eabi-nm --undefined-only --format=just-symbols "$object")
  bad=$({
    arm-none-eabi-nm --format=just-symbols "$object" | grep -E "$forbidden" || true
    grep -vE "$allowed" <<<"$undefined" || true
  } | sort -u)
  if [ -n "$bad" ]; then
    echo "FAILED: $(basename "$object") has or asks for:"
    c++filt <<<"$bad" | sed 's/^/  /'
    failed=1
  else
    echo "$(basename "$object"): asks only for" $(grep -vE 'Driver|ExternalFlash' <<<"$undefined")
  fi
done
exit "$failed"
