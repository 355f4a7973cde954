#!/usr/bin/env bash
# Plants one bug at a time into a copy of the library and lets the harness find it. Fails where a bug is not found,
# and where one can't be planted any more because the code it changes is no longer there.
#   planted_bugs.sh COMPILER INCLUDE TESTS TOOLS LIBRARY… [-- NAME…]    only the bugs NAME
# Without names a sample, or with TMD_EVERY_BUG=1 all of them: TMD_EVERY_BUG=1 meson test -C build 'planted bugs'
set -u
compiler=$1 include=$2 tests=$3 tools=$4
shift 4
libraries=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do libraries+=("$1"); shift; done
[ $# -eq 0 ] || shift
only=$*
[ -n "$only" ] || [ -n "${TMD_EVERY_BUG:-}" ] ||
  only="flip_before_verify digest_not_compared active_slot_written missing_erase page_not_read_back resume_not_durable
    journal_cleared_early records_share_a_unit seal_not_needed record_not_checked"
only=$(echo $only)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
planted=0 failed=0

fail() {
  echo "FAILED: $name: $1"
  failed=$((failed + 1))
}

# Builds the harness with the headers in $work/include. Only these two files know the library's code.
build() {
  printf '#include "faults/%s"\n' life.cpp bad_link.cpp |
    $compiler -std=c++20 -w -O1 -I"$work/include" -I"$tests" -I"$tools" -x c++ - -x none "${libraries[@]}" -o "$work/faults" 2>"$work/log"
}

# plant NAME FILE SED-EXPRESSION: the expression must change one line of the file.
plant() {
  local name=$1 file=$2 change=$3
  [ -z "$only" ] || [[ " $only " == *" $name "* ]] || return
  planted=$((planted + 1))
  rm -rf "$work/include" && cp -r "$include" "$work/include"
  sed -i -E "$change" "$work/include/tmd/$file"
  if [ "$(diff "$include/tmd/$file" "$work/include/tmd/$file" | grep -c '^<')" != 1 ]; then
    fail "can't be planted in $file"
  elif ! build; then
    fail "does not compile"; head -n 5 "$work/log"
  else
    timeout 120 "$work/faults" --planted >"$work/log"
    case $? in
      0) fail "not found" ;;
      1) printf '%-34s found: %s\n' "$name" "$(grep -m1 '^FAILED' "$work/log" | cut -d' ' -f2-)" ;;
      *) printf '%-34s found: the harness ended with status %s\n' "$name" $? ;;
    esac
  fi
}

# What is found must be the bug: without one, nothing is.
cp -r "$include" "$work/include"
if ! build || ! "$work/faults" --planted >"$work/log"; then
  cat "$work/log"
  echo "FAILED: the harness finds something where nothing is planted"
  exit 1
fi

# The switch to the new model.
plant flip_before_verify updater.hpp 's/\? Status::body_truncated : status;/\0 (void)commit();/'
plant digest_not_compared model_store.hpp 's/\|\| [a-z.()]+ == expected \?/|| true ?/'
plant base_not_compared internal/update/acceptance.hpp 's/== Status::target_mismatch \? Status::wrong_base/== Status::target_mismatch ? Status::ok/'
plant active_slot_written updater.hpp 's/store_\.slot\(store_\.inactive_slot\(\)\)/store_.slot(store_.snapshot().active)/'
plant trial_not_counted model_store.hpp 's/--next\.boots_left;/next.boots_left;/'
plant confirm_not_written model_store.hpp 's/next\.boots_left = 0;$/next.boots_left = 0; if (\&next == \&next_) return Status::ok;/;t end;b;:end;n;b end'
plant previous_model_kept model_store.hpp 's/next\.model\(inactive_slot\(\)\)\.present = false;//'

# The slot.
plant missing_erase internal/update/slot_writer.hpp 's/const Status status = flash_\.erase\(address\);/const Status status = Status::ok;/'
plant page_not_read_back internal/update/slot_writer.hpp 's/return program_verified\(flash_, address, /return flash_.program(address, /'
plant torn_page_compared internal/update/slot_writer.hpp 's/\(resumed \? durable \+ kPageSize : 0\)/0/'

# Resume.
plant resume_not_durable internal/update/checkpoints.hpp 's/replay_end_ = state_\.number \+ state_\.payload_length;/replay_end_ = state_.number + state_.payload_length + 16;/'
plant block_not_durable internal/update/checkpoints.hpp 's/RecordKind::blocks, durable, /RecordKind::blocks, durable + 256, /'
plant block_forgotten internal/update/checkpoints.hpp 's/^( *)durable_ = state_\.number;/\1durable_ = 0;/'
plant any_patch_resumes updater.hpp 's/update_identity == identity/update_identity != ~identity/'
plant progress_not_repeated internal/update/checkpoints.hpp 's/Status status = journal\(\)\.append\(RecordKind::blocks, durable_, ConstBytes\(\)\);/Status status = Status::ok;/'

# The journal.
plant journal_cleared_early journal/journal.hpp 's/if \(has_snapshot_\) swap_banks\(\);//'
plant old_bank_erased_first journal/journal.hpp 's/const Status status = erase\(bank_\);/Status status = erase(bank_); if (status == Status::ok) status = erase(spare_);/'
plant records_share_a_unit journal/record.hpp 's/return program_size > kAlignment \? program_size : kAlignment;/return kAlignment;/'
plant seal_not_needed journal/journal.hpp 's/if \(read_twice\(bank_ \+ offset, memory_of\(seal\)\) == Status::ok && seal\[0\] == record\.crc &&/if (read_twice(bank_ + offset, memory_of(seal)) == Status::ok || seal[0] == record.crc ||/'
plant record_not_read_back journal/journal.hpp 's/status = program_verified\(flash_, /status = flash_.program(/'
plant record_not_checked journal/journal.hpp 's/return crc == record\.crc;/return true;/'
plant torn_record_written_over journal/journal.hpp 's/\(read_header\(offset, torn\) \? size_of\(torn\.payload_length\) : align\(\)\)/align()/'
plant old_snapshot_wins journal/journal.hpp 's/record\.sequence < newest\.sequence/record.sequence > newest.sequence/'
plant erase_not_checked journal/journal.hpp 's/if \(status == Status::ok && !is_blank\(bank \+ erased_, flash_\.erase_size\(\)\)\)/if (false)/'

echo "$planted bugs planted, $((planted - failed)) found"
[ "$failed" -eq 0 ] && [ "$planted" -gt 0 ]
