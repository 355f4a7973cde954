// SPDX-License-Identifier: Apache-2.0
#include "tmd/internal/auth/certificate.hpp"

#include <doctest/doctest.h>

#include "sign/certificate.hpp"
#include "sign/cose_writer.hpp"
#include "support/hex.hpp"

using namespace tmd;
using namespace tmd::test;

namespace {

const Bytes kFamily(16, 0xFA);

/// A certificate whose payload is any bytes, with a signature that nobody checks here.
Bytes around(const Bytes& payload, CoseAlgorithm root = CoseAlgorithm::es256) {
  return host::sign::write_cose_attached(root, view(text("root")), view(payload), view(Bytes(64, 9)));
}

Status status_of(const Bytes& bytes) {
  Certificate certificate;
  return parse_certificate(view(bytes), certificate);
}

/// The payload as the page on security prints it: number 7, a family, counters 10 to 300, an Ed25519 key.
Bytes payload(const char* number = "07", const char* family = "50 FAFAFAFA FAFAFAFA FAFAFAFA FAFAFAFA",
              const char* first = "0A", const char* last = "19012C", const char* algorithm = "27",
              const char* identifier = "42 6B31", const Bytes& key = join({hex("5820"), Bytes(32, 5)})) {
  return join(
      {hex("87"), hex(number), hex(family), hex(first), hex(last), hex(algorithm), hex(identifier), key});
}

}  // namespace

TEST_CASE("every claim of a certificate is where the page on security says") {
  const Bytes bytes = around(payload());
  Certificate certificate;
  REQUIRE(parse_certificate(view(bytes), certificate) == Status::ok);
  CHECK(certificate.number == 7);
  CHECK(equal_bytes(certificate.family, view(kFamily)));
  CHECK(certificate.first == 10);
  CHECK(certificate.last == 300);
  CHECK(certificate.algorithm == CoseAlgorithm::eddsa);
  CHECK(equal_bytes(certificate.identifier, view(text("k1"))));
  CHECK(equal_bytes(certificate.material, view(Bytes(32, 5))));
  CHECK(certificate.message.algorithm == static_cast<std::int32_t>(CoseAlgorithm::es256));
  CHECK(equal_bytes(certificate.message.key_identifier, view(text("root"))));
  CHECK(equal_bytes(certificate.payload, view(payload())));
}

TEST_CASE("numbers, counters and names at their edges") {
  CHECK(status_of(around(payload("00"))) == Status::ok);
  CHECK(status_of(around(payload("181F"))) == Status::ok);
  CHECK(status_of(around(payload("1820"))) == Status::malformed_certificate);
  CHECK(status_of(around(payload("190107"))) == Status::malformed_certificate);  // 263, whose low byte is 7
  CHECK(status_of(around(payload("07", "40"))) == Status::ok);
  CHECK(status_of(around(payload("07", "4F FAFAFA FAFAFAFA FAFAFAFA FAFAFAFA"))) ==
        Status::malformed_certificate);
  const char* family = "40";
  CHECK(status_of(around(payload("07", family, "00", "1AFFFFFFFF"))) == Status::ok);
  CHECK(status_of(around(payload("07", family, "1AFFFFFFFF", "1AFFFFFFFF"))) == Status::ok);
  CHECK(status_of(around(payload("07", family, "0A", "0A"))) == Status::ok);
  CHECK(status_of(around(payload("07", family, "0B", "0A"))) == Status::malformed_certificate);
  CHECK(status_of(around(payload("07", family, "00", "1B0000000100000000"))) ==
        Status::malformed_certificate);
  CHECK(status_of(around(payload("07", family, "20", "0A"))) == Status::malformed_certificate);  // -1
  CHECK(status_of(around(payload("07", family, "00", "0A", "27", "40"))) == Status::ok);
  const Bytes key = join({hex("5820"), Bytes(32, 5)});
  const Bytes long_name = join({hex("87 07 40 00 0A 27 5820"), Bytes(32, 1), key});
  CHECK(status_of(around(long_name)) == Status::ok);
  const Bytes longer_name = join({hex("87 07 40 00 0A 27 5821"), Bytes(33, 1), key});
  CHECK(status_of(around(longer_name)) == Status::malformed_certificate);
}

TEST_CASE("only keys for signatures are certified, and certify") {
  const char* family = "40";
  const auto with_key = [&](const char* algorithm, const Bytes& key) {
    return status_of(around(payload("07", family, "00", "0A", algorithm, "40", key)));
  };
  CHECK(with_key("26", join({hex("584104"), Bytes(64, 5)})) == Status::ok);
  CHECK(with_key("26", join({hex("584102"), Bytes(64, 5)})) == Status::malformed_certificate);
  CHECK(with_key("26", join({hex("584004"), Bytes(63, 5)})) == Status::malformed_certificate);
  CHECK(with_key("26", hex("40")) == Status::malformed_certificate);
  CHECK(with_key("26", join({hex("5820"), Bytes(32, 5)})) == Status::malformed_certificate);
  CHECK(with_key("27", join({hex("584104"), Bytes(64, 5)})) == Status::malformed_certificate);
  CHECK(with_key("05", join({hex("5820"), Bytes(32, 5)})) == Status::malformed_certificate);          // HMAC
  CHECK(with_key("3A00010000", join({hex("5820"), Bytes(32, 5)})) == Status::malformed_certificate);  // CMAC
  CHECK(with_key("3822", join({hex("5820"), Bytes(32, 5)})) == Status::malformed_certificate);        // ES384
  CHECK(status_of(around(payload(), CoseAlgorithm::hmac_sha256)) == Status::malformed_certificate);
  CHECK(status_of(around(payload(), CoseAlgorithm::aes_cmac)) == Status::malformed_certificate);
}

TEST_CASE("every other spelling of a certificate is refused") {
  const Bytes good = payload();
  const Bytes key = join({hex("5820"), Bytes(32, 5)});
  const struct {
    const char* what;
    Bytes payload;
  } kCases[] = {
      {"nothing", {}},
      {"six elements", join({hex("86 07 40 00 0A 27 40"), key})},
      {"eight elements", join({hex("88 07 40 00 0A 27 40"), key, hex("00")})},
      {"a map", join({hex("A7 07 40 00 0A 27 40"), key})},
      {"an array of indefinite length", join({hex("9F 07 40 00 0A 27 40"), key, hex("FF")})},
      {"a byte after it", join({good, hex("00")})},
      {"a number spelled too long", payload("1807")},
      {"a counter spelled too long", payload("07", "40", "180A")},
      {"a counter of four bytes for two", payload("07", "40", "00", "1A0000012C")},
      {"a name as text", payload("07", "40", "00", "0A", "27", "626B31")},
      {"null for a family", payload("07", "F6")},
      {"a manifest", join({hex("02"), good})},
  };
  REQUIRE(status_of(around(good)) == Status::ok);
  for (const auto& refused : kCases) {
    CAPTURE(refused.what);
    CHECK(status_of(around(refused.payload)) == Status::malformed_certificate);
  }
  // The structure around it: detached, not tagged, with a critical header.
  CHECK(status_of(host::sign::write_cose(CoseAlgorithm::es256, view(text("root")), view(Bytes(64, 9)))) ==
        Status::malformed_certificate);
  Bytes untagged = around(good);
  untagged.erase(untagged.begin());
  CHECK(status_of(untagged) == Status::malformed_certificate);
  CHECK(status_of(join({hex("D2 84 46A2012602 8104 A0 5828"), good, hex("4101")})) ==
        Status::malformed_certificate);
}

TEST_CASE("a certificate that is cut short or goes on is refused, wherever") {
  const Bytes bytes = around(payload());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CAPTURE(cut);
    CHECK(status_of(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut))) ==
          Status::malformed_certificate);
  }
  CHECK(status_of(join({bytes, hex("00")})) == Status::malformed_certificate);
}

TEST_CASE("what the host writes is what the device reads") {
  const host::sign::ReleaseKey release{31,
                                       kFamily,
                                       0x80000000U,
                                       0xFFFFFFFFU,
                                       CoseAlgorithm::es256,
                                       text("k"),
                                       join({hex("04"), Bytes(64, 1)})};
  const Bytes message = host::sign::prepare_certificate(release, CoseAlgorithm::eddsa);
  const Bytes context = hex("846A5369676E617475726531 43A10127 40");
  REQUIRE(message.size() > context.size() + 2);
  CHECK(Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(context.size())) == context);
  const Bytes signed_payload(message.begin() + static_cast<std::ptrdiff_t>(context.size()) + 2,
                             message.end());
  Certificate certificate;
  const Bytes bytes = around(signed_payload, CoseAlgorithm::eddsa);
  REQUIRE(parse_certificate(view(bytes), certificate) == Status::ok);
  CHECK(certificate.number == 31);
  CHECK(certificate.first == 0x80000000U);
  CHECK(certificate.last == 0xFFFFFFFFU);
  CHECK(equal_bytes(certificate.material, view(release.material)));
}

TEST_CASE("the range of counters has both its ends, and no family means every family") {
  Certificate certificate;
  certificate.first = 10;
  certificate.last = 20;
  const Bytes other(16, 1);
  CHECK(!certificate.covers({}, 9));
  CHECK(certificate.covers({}, 10));
  CHECK(certificate.covers(view(other), 20));
  CHECK(!certificate.covers({}, 21));
  CHECK(!certificate.covers({}, 0xFFFFFFFF));
  certificate.family = view(kFamily);
  CHECK(certificate.covers(view(kFamily), 10));
  CHECK(!certificate.covers(view(other), 10));
  CHECK(!certificate.covers({}, 10));
  certificate.first = 0;
  certificate.last = 0xFFFFFFFF;
  CHECK(certificate.covers(view(kFamily), 0));
  CHECK(certificate.covers(view(kFamily), 0xFFFFFFFF));
}
