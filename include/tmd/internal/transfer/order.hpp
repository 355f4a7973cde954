// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/bytes.hpp"
#include "tmd/internal/transfer/messages.hpp"
#include "tmd/status.hpp"

namespace tmd {
namespace transfer {

/// What a sender told the device to do with its model or its update: to confirm, or to abort. One order at a time, and
/// its answer, which is said again where the order is repeated. It needs no session: the device may have restarted
/// since.
class Order {
 public:
  constexpr Order() = default;

  /// A message with an order came. A sender that began anew may take a tag again, for another model.
  void take(Kind kind, std::uint8_t tag, ConstBytes fields) {
    ByteReader in(fields);
    DigestPrefix model;
    if (kind == Kind::confirm) model.read(in);
    if (!is_whole(in)) return;
    const bool is_repeated = stage_ != Stage::none && kind_ == kind && tag_ == tag && model_ == model;
    if (is_repeated) {
      if (answers_ < 2) ++answers_;
      return;
    }
    if (stage_ == Stage::begun) return;  // one at a time; the sender asks again
    kind_ = kind;
    tag_ = tag;
    model_ = model;
    answers_ = 1;
    stage_ = Stage::begun;
  }

  /// There is one that is to be carried out.
  bool is_begun() const { return stage_ == Stage::begun; }
  Kind kind() const { return kind_; }
  /// The one that a confirm means.
  const DigestPrefix& model() const { return model_; }
  /// It was tried to carry it out. would_block: it goes on.
  void note(Status status) {
    status_ = status;
    if (status != Status::would_block) stage_ = Stage::done;
  }

  /// While it goes on the answer waits for its end, until it is asked for again.
  bool has_answer() const { return answers_ > (is_begun() ? 1 : 0); }
  std::size_t answer(MutableBytes out) {
    answers_ = is_begun() ? 1 : 0;
    return Result{kind_, is_begun() ? Status::would_block : status_}.write(out, tag_);
  }

 private:
  enum class Stage : std::uint8_t { none, begun, done };

  Stage stage_ = Stage::none;
  Kind kind_ = Kind::confirm;
  Status status_ = Status::ok;
  std::uint8_t tag_ = 0;
  std::uint8_t answers_ = 0;  ///< How often it was asked for one since it was sent; 2: more than once.
  DigestPrefix model_;
};

}  // namespace transfer
}  // namespace tmd
