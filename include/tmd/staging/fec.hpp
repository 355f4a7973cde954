// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "tmd/internal/staging/parity_row.hpp"
#include "tmd/staging.hpp"

namespace tmd {

/// Fragments with forward error correction, as LoRaWAN's Fragmented Data Block Transport (TS004) sends them: first
/// those of the patch, then coded ones, each the XOR of about half of the patch's. Lost fragments are solved for;
/// nothing has to be asked for.
///
///     using TheStaging = tmd::Staging<MyFlash>;
///     static tmd::FragmentDecoder<TheStaging, 48, 51> decoder;
///
///     while ((status = staging.open(plan)) == tmd::Status::would_block) wait();
///     decoder.attach(staging);
///     while ((status = decoder.take(number, fragment)) == tmd::Status::would_block) wait();
///     // ready_to_finish: every fragment is there; tmd/apply_staged.hpp
///
/// What came of the patch's own fragments goes to flash at once and survives restarts. What is missing is solved in RAM
/// and written when all of it is known: each place of the staging is written once. A restart loses the coded fragments
/// that had come; those that come after it count anew.
///
/// `kMostMissing`: fragments that may be missing at once; `kLargestFragment` in bytes; `kMostFragments` of the patch.
/// RAM: (kMostMissing + 1) * (kLargestFragment + kMostMissing / 8 + 1) + kMostMissing * 2 + kMostFragments / 8 bytes
/// and some 20 more. All zero until `attach`.
template <class Staging, std::uint32_t kMostMissing, std::uint32_t kLargestFragment,
          std::uint32_t kMostFragments = 2048>
class FragmentDecoder {
 public:
  constexpr FragmentDecoder() = default;
  FragmentDecoder(const FragmentDecoder&) = delete;
  FragmentDecoder& operator=(const FragmentDecoder&) = delete;

  /// After `open` of the staging. Forgets what was solved so far.
  void attach(Staging& staging) {
    staging_ = &staging;
    restart();
  }
  /// A new session of the same patch: coded fragments that had come are forgotten, those of the patch stay in flash.
  void restart() {
    is_solving_ = is_solved_ = false;
    missing_ = rank_ = stored_ = 0;
  }

  /// Takes fragment `number`, from 1: up to the plan's count those of the patch, the coded ones behind. `bytes`: the
  /// plan's `fragment_size`. need_more; ready_to_finish: every fragment is in flash; would_block: again with the same
  /// fragment; needs_more_memory: more are missing than `kMostMissing`, coded fragments are of no use until fewer are;
  /// out_of_bounds: no such fragment, of the wrong length, or a plan of more or larger ones than fit here; wrong_state
  /// before `attach`, and where the staging is not open; statuses of the staging. Of a coded fragment it reads about
  /// half of the patch.
  [[nodiscard]] Status take(std::uint32_t number, ConstBytes bytes) {
    if (staging_ == nullptr || !staging_->is_open()) return Status::wrong_state;
    const FragmentPlan& plan = staging_->plan();
    const bool is_sound = number != 0 && plan.count() <= kMostFragments &&
                          plan.fragment_size <= kLargestFragment && bytes.size() == plan.fragment_size;
    if (!is_sound) return Status::out_of_bounds;
    if (is_solved_) return store_solved();
    if (number <= plan.count()) return take_own(number - 1, bytes);
    if (!is_solving_) {
      const Status status = begin_solving();
      if (status != Status::ok) return status;
    }
    return take_coded(number - plan.count(), bytes);
  }

  /// Fragments that are missing, as far as is known: after the first coded one.
  std::uint32_t missing() const { return missing_; }
  /// Coded fragments that told something new.
  std::uint32_t rank() const { return rank_; }

 private:
  static constexpr std::uint32_t kRowBytes = (kMostMissing + 7) / 8;

  /// A fragment that is missing, solved down to those behind it.
  struct Row {
    std::uint8_t bits[kRowBytes] = {};  ///< Which of the missing ones, by their place in `lost_`.
    std::uint8_t data[kLargestFragment] = {};
    bool is_there = false;

    bool has(std::uint32_t place) const { return (bits[place / 8] >> place % 8 & 1U) != 0; }
    void set(std::uint32_t place) {
      bits[place / 8] = static_cast<std::uint8_t>(bits[place / 8] | 1U << place % 8);
    }
    void add(const Row& other) {
      for (std::uint32_t i = 0; i < kRowBytes; ++i)
        bits[i] = static_cast<std::uint8_t>(bits[i] ^ other.bits[i]);
      add_data(ConstBytes(other.data));
    }
    void add_data(ConstBytes bytes) {
      for (std::size_t i = 0; i < bytes.size(); ++i) data[i] = static_cast<std::uint8_t>(data[i] ^ bytes[i]);
    }
  };

  std::uint32_t fragment_size() const { return staging_->plan().fragment_size; }

  Status take_own(std::uint32_t index, ConstBytes bytes) {
    const Status status = staging_->store(index, bytes);
    if (status != Status::ok) return status;
    if (!is_solving_) return staging_->complete() ? Status::ready_to_finish : Status::need_more;
    // A late one: what it is is known, and so one of the missing ones less is to be solved for.
    const std::uint32_t place = place_of(index);
    if (place == missing_) return Status::need_more;
    clear(incoming_);
    incoming_.set(place);
    incoming_.add_data(bytes);
    return eliminate();
  }

  /// Notes what is missing: from here on the patch's fragments are complete but for these.
  Status begin_solving() {
    missing_ = rank_ = 0;
    std::uint32_t index = 0;
    for (std::uint32_t from = 0; staging_->next_missing(from, index); from = index + 1) {
      if (missing_ == kMostMissing) return Status::needs_more_memory;
      rows_[missing_].is_there = false;
      lost_[missing_++] = static_cast<std::uint16_t>(index);
    }
    if (missing_ == 0) return Status::ready_to_finish;
    is_solving_ = true;
    return Status::ok;
  }

  /// Takes out of the coded fragment what is known: what is left is a sum of missing ones.
  Status take_coded(std::uint32_t number, ConstBytes bytes) {
    const std::uint32_t count = staging_->plan().count();
    staging::fill_parity_row(number, count, MutableBytes(parity_).first((count + 7) / 8));
    clear(incoming_);
    incoming_.add_data(bytes);
    std::uint32_t place = 0;
    for (std::uint32_t index = 0; index < count; ++index) {
      if (place < missing_ && lost_[place] == index) {
        if (is_in_parity(index)) incoming_.set(place);
        ++place;
      } else if (is_in_parity(index)) {
        const Status status = add_known(index);
        if (status == Status::not_found)
          restart();  // it was there and rotted: what is missing is another set now
        if (status != Status::ok) return status == Status::not_found ? Status::need_more : status;
      }
    }
    return eliminate();
  }
  bool is_in_parity(std::uint32_t index) const { return (parity_[index / 8] >> index % 8 & 1U) != 0; }

  Status add_known(std::uint32_t index) {
    std::uint8_t known[kLargestFragment];
    const std::uint32_t offset = index * fragment_size();
    const MutableBytes part =
        MutableBytes(known).first(fragment_size()).first(staging_->plan().patch_length - offset);
    const Status status = staging_->read(offset, part);
    if (status == Status::ok) incoming_.add_data(part);
    return status;
  }

  /// Gauss's elimination, one row at a time.
  Status eliminate() {
    for (std::uint32_t place = 0; place < missing_; ++place) {
      if (!incoming_.has(place)) continue;
      if (rows_[place].is_there) {
        incoming_.add(rows_[place]);
        continue;
      }
      rows_[place] = incoming_;
      rows_[place].is_there = true;
      ++rank_;
      break;
    }
    if (rank_ < missing_) return Status::need_more;
    for (std::uint32_t place = missing_; place-- > 0;) {
      for (std::uint32_t behind = place + 1; behind < missing_; ++behind) {
        if (rows_[place].has(behind)) rows_[place].add_data(ConstBytes(rows_[behind].data));
      }
    }
    is_solved_ = true;
    return store_solved();
  }

  Status store_solved() {
    for (; stored_ < missing_; ++stored_) {
      const Status status =
          staging_->store(lost_[stored_], ConstBytes(rows_[stored_].data).first(fragment_size()));
      if (status != Status::ok) return status;
    }
    if (staging_->complete()) return Status::ready_to_finish;
    restart();
    return Status::need_more;
  }

  std::uint32_t place_of(std::uint32_t index) const {
    std::uint32_t place = 0;
    while (place < missing_ && lost_[place] != index) ++place;
    return place;
  }
  static void clear(Row& row) { row = Row(); }

  Staging* staging_ = nullptr;
  bool is_solving_ = false;
  bool is_solved_ = false;
  std::uint32_t missing_ = 0;
  std::uint32_t rank_ = 0;
  std::uint32_t stored_ = 0;  ///< Of the solved ones.
  std::uint16_t lost_[kMostMissing] = {};
  std::uint8_t parity_[(kMostFragments + 7) / 8] = {};
  Row incoming_;
  Row rows_[kMostMissing];
};

}  // namespace tmd
