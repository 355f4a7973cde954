#!/usr/bin/env bash
# Plants one bug at a time into a copy of the library's authentication and lets its tests find it. Fails where a bug is
# not found by an assertion, and where one can't be planted any more because the code it changes is no longer there.
# usage: tests/device/auth/planted_bugs.sh BUILD [NAME…]     BUILD: a built meson folder; without names all of them
set -u
build=$(realpath "$1")
shift
only=$*
cd "$(dirname "$0")/../../.." || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
planted=0 failed=0
tests="tests/device/auth/authentication_test.cpp tests/device/auth/delegated_authentication_test.cpp
  tests/device/internal/auth/certificate_test.cpp tests/device/internal/auth/key_thumbprint_test.cpp
  tests/device/digest/digests_test.cpp"

compile() {
  local objects=() test
  for test in $tests; do
    objects+=("$work/$(basename "$test").o")
    ${CXX:-g++} -std=c++20 -w -O1 -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS -I"$work/include" -Itests -Itools -c "$test" \
      -o "${objects[-1]}" || return 1
  done
  ${CXX:-g++} "${objects[@]}" -Wl,--whole-archive "$build/tests/libdoctest_main.a" -Wl,--no-whole-archive \
    "$build/tools/sign/libpatch_sign.a" "$build/tools/format/libpatch_format.a" -lmbedcrypto -lsodium -o "$work/tests"
}

# plant NAME FILE SED-EXPRESSION: the expression must change one line of the file.
plant() {
  local name=$1 file=$2 change=$3 found
  [ -z "$only" ] || [[ " $only " == *" $name "* ]] || return
  planted=$((planted + 1))
  rm -rf "$work/include" && cp -r include "$work/include"
  sed -i -E "$change" "$work/include/tmd/$file"
  if [ "$(diff "include/tmd/$file" "$work/include/tmd/$file" | grep -c '^[<>]')" -gt 2 ] ||
    cmp -s "include/tmd/$file" "$work/include/tmd/$file"; then
    echo "FAILED: $name: can't be planted in $file"
  elif ! compile 2>"$work/log"; then
    echo "FAILED: $name: does not compile"
    head -n 5 "$work/log"
  elif timeout 300 "$work/tests" >"$work/log" 2>&1; then
    echo "FAILED: $name: not found"
  elif ! found=$(grep -m1 '^TEST CASE:' "$work/log"); then
    echo "FAILED: $name: found, but by no assertion"
  else
    printf '%-32s found: %s\n' "$name" "${found#TEST CASE:  }"
    return
  fi
  failed=$((failed + 1))
}

auth=auth/authentication.hpp delegated=auth/delegated_authentication.hpp certificate=internal/auth/certificate.hpp
list=internal/auth/revocation_list.hpp thumbprint=internal/auth/key_thumbprint.hpp
plant certificate_not_verified $delegated 's/if \(certified != Status::ok\)/if (false)/'
plant signature_not_verified $delegated 's/if \(verified == Status::ok\) Base::set_signer/return Status::ok; if (verified == Status::ok) Base::set_signer/'
plant anyone_certifies $auth 's/ \|\| \(to_certify && !key.may_certify\)//'
plant certificate_of_another_key $delegated 's/if \(!is_for_signer\)/if (false)/'
plant algorithm_of_another_key $delegated 's/static_cast<std::int32_t>\(certificate.algorithm\) == message.algorithm &&/true \&\&/'
plant family_not_looked_at $certificate 's/\(family.empty\(\) \|\| equal_bytes\(family, manifest_family\)\)/true/'
plant absent_family_passes $certificate 's/\(family.empty\(\) \|\|/(family.empty() || manifest_family.empty() ||/'
plant last_counter_excluded $certificate 's/counter <= last/counter < last/'
plant first_counter_excluded $certificate 's/counter >= first/counter > first/'
plant no_first_counter $certificate 's/counter >= first && //'
plant no_expiry $delegated 's/return seen <= certificate.last && /return /'
plant expiry_one_late $delegated 's/seen <= certificate.last/seen <= certificate.last + 1/'
plant revoked_release_key $delegated 's/if \(Base::is_revoked\(certificate.number\)\)/if (false)/'
plant revoked_issuer $auth 's/if \(is_revoked\(key.number\)\) \{/if (is_revoked(key.number) \&\& !to_certify) {/'
plant revoked_signer $auth 's/if \(is_revoked\(key.number\)\) \{/if (is_revoked(key.number) \&\& to_certify) {/'
plant pinned_number_given_out $delegated 's/key.number == certificate.number \|\| //'
plant pinned_key_given_out $delegated 's/ \|\| equal_bytes\(key.material, certificate.material\)//'
plant certified_key_revokes $delegated 's/kCertified\{0, CoseAlgorithm::es256, ConstBytes\(\), ConstBytes\(\)\}/kCertified{9, CoseAlgorithm::es256, ConstBytes(), ConstBytes(), true}/'
plant certificate_beside_pinned $delegated 's/if \(pinned != Status::unknown_key\) return pinned;/if (pinned == Status::ok) return pinned;/'
plant mac_certifies $certificate 's/certificate.message.is_mac\)/false)/'
plant mac_key_certified $certificate 's/: certificate.algorithm == CoseAlgorithm::eddsa && key_size == 32/: key_size == 32/'
plant compressed_point $certificate 's/ && certificate.material\[0\] == 0x04//'
plant bytes_behind_claims $certificate 's/reader.complete\(\)/!reader.failed()/'
plant any_number_of_claims $certificate 's/is_shaped && //'
plant number_cut_to_a_byte $certificate 's/number < kMaxTrustedKeys/certificate.number < kMaxTrustedKeys/'
plant range_turned_round $certificate 's/certificate.first <= certificate.last &&/true \&\&/'
plant short_family $certificate 's/certificate.family.size\(\) == kFamilySize/certificate.family.size() <= kFamilySize/'
plant long_identifier $certificate 's/certificate.identifier.size\(\) <= kMaxIdentifier/true/'
plant signer_revokes_itself $auth 's/if \(\(listed & revocation_bit\(signer_->number\)\) != 0\)/if (false)/'
plant anyone_revokes $auth 's/if \(!signer_->may_revoke\)/if (false)/'
plant signer_of_the_patch_before $auth '/void set_revoked\(std::uint32_t keys/,/\}/s/signer_ = nullptr;/(void)0;/'
plant signer_of_the_check_before $auth '/Status open\(/,/\}/s/signer_ = nullptr;/(void)0;/'
plant list_believed_unsigned $auth 's/if \(signer_ == nullptr\) return Status::unsigned_patch;/static constexpr TrustedKey kAny{9, CoseAlgorithm::es256, {}, {}, true}; if (signer_ == nullptr) const_cast<const TrustedKey*\&>(signer_) = \&kAny;/'
plant revocations_forget $auth 's/keys \|= listed;/keys = listed;/'
plant only_the_first_of_a_name $auth 's/if \(status != Status::bad_signature\) return status;/return status;/'
plant thumbprint_as_identifier $list 's/ConstBytes own = kind == KeyName::identifier/ConstBytes own = kind != KeyName::number/'
plant number_out_of_range $list 's/ && key.name\[0\] < kMaxTrustedKeys//'
plant unknown_kind_passed_over $list 's/^    return false;/    return true;/'
plant empty_identifier_listed $list 's/return !key.name.empty\(\);/return true;/'
plant thumbprint_failure_passed_over $list 's/if \(status == Status::unsupported_digest\) return status;/(void)status;/'
plant thumbprint_without_y $thumbprint 's/digests.update\(material.first\(kCoordinate\)\);/(void)0;/'
plant thumbprint_other_curve $thumbprint 's/0x20, 0x06, 0x21/0x20, 0x07, 0x21/'
plant failed_unit_trusted internal/auth/key_thumbprint.hpp 's/return thumbprint.kind == DigestKind::sha256 \? Status::ok : Status::unsupported_digest;/return Status::ok;/'
plant failed_hash_verified auth/psa/psa_es256.hpp 's/if \(hash.kind != DigestKind::sha256\) return Status::unsupported_digest;//'
plant hash_not_started digest/sha256.hpp 's/if \(length_ == 0\) state_ = kInitial;/if (length_ == 1) state_ = kInitial;/'
plant digest_of_before_goes_on digest/digests.hpp 's/    sha_.restart\(\);/    (void)0;/'

echo "$planted bugs, $failed not found"
[ "$failed" -eq 0 ] && [ "$planted" -gt 0 ]
