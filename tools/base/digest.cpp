// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include "tmd/digest/digests.hpp"

namespace tmd::host {

Digest digest_of_file(DigestKind kind, ConstBytes bytes) {
  return digest_of(kind, bytes);
}

}  // namespace tmd::host
