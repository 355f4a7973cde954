#!/usr/bin/env bash
# What the transfer weighs on a Cortex-M4, next to a store and its updater: bytes of code and RAM, as docs/transfer.md
# has them. With a document it fails where that says something else by more than 10 %.
# usage: transfer_size.sh OBJECT [DOCUMENT]     an object of bench/firmware/transfer.cpp
set -eu
object=$1

# The functions that come on top: those of the transfer itself. What they call of the updater is there already.
code_of() {
  arm-none-eabi-nm --size-sort --print-size "$object" | awk '$3 ~ /^[tTwWvV]$/ { print "0x" $2, $4 }' |
    c++filt | grep -E "$1" | while read -r size name; do echo $((size)); done |
    awk '{ all += $1 } END { print all + 0 }'
}
size_of() {
  arm-none-eabi-nm --print-size "$object" | awk -v name="$1" '$4 == name { print "0x" $2 }' |
    while read -r size; do echo $((size)); done
}

device='TransferDevice|transfer::|take_message|next_answer|^[0-9a-fx]+ poll_transfer'
measured=$(
  echo "| code of \`TransferDevice\` | $(code_of "$device") |"
  echo "| code of the framing for a UART | $(code_of 'SerialReceiver|serial_frame|crc16|take_byte|write_frame') |"
  echo "| RAM of \`TransferDevice\` with a window of 512 | $(size_of the_transfer) |"
  echo "| RAM of \`SerialReceiver<244>\` | $(size_of the_receiver) |"
)
echo "$measured"
[ $# -gt 1 ] || exit 0
echo "$measured" | while IFS='|' read -r _ name bytes _; do
  said=$(grep -F "|$name|" "$2" | awk -F '|' '{ print $3 + 0 }')
  [ -n "$said" ] || { echo "FAILED: the document does not have:$name"; exit 1; }
  [ $((bytes * 10)) -le $((said * 11)) ] && [ $((bytes * 11)) -ge $((said * 10)) ] ||
    { echo "FAILED:$name: the document says $said"; exit 1; }
done
