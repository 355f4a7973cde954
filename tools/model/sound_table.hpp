// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <type_traits>

#include "model/schema_generated.h"
#include "tmd/bytes.hpp"

namespace tmd::host::model {

/// A table of a FlatBuffer in a file that may be damaged: each field is looked at when it is asked for, and one that
/// leads outside the file counts as absent. `T` is a table of the schema. Nothing is copied.
template <class T>
class SoundTable {
 public:
  /// `table` lies in the file, or is null. It counts as absent where the list of its fields is damaged.
  SoundTable(ConstBytes file, const T* table) : file_(file) {
    if (table == nullptr) return;
    const auto* fields = reinterpret_cast<const flatbuffers::Table*>(table);
    flatbuffers::Verifier verifier = this->verifier();
    if (fields->VerifyTableStart(verifier)) table_ = fields;
  }

  /// The table that the file begins with.
  static SoundTable root(ConstBytes file) {
    if (file.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return SoundTable(file, nullptr);
    return SoundTable(file, pointed_at<T>(file, 0));
  }

  explicit operator bool() const { return table_ != nullptr; }

  template <class Value>
  Value number(flatbuffers::voffset_t field, Value if_absent) const {
    if (table_ == nullptr || !table_->VerifyField<Value>(verifier(), field, sizeof(Value))) return if_absent;
    return table_->GetField<Value>(field, if_absent);
  }

  /// Null where it is absent.
  template <class Element>
  const flatbuffers::Vector<Element>* vector(flatbuffers::voffset_t field) const {
    const auto* found = pointer<flatbuffers::Vector<Element>>(field);
    return verifier().VerifyVector(found) ? found : nullptr;
  }

  const flatbuffers::String* text(flatbuffers::voffset_t field) const {
    const auto* found = pointer<flatbuffers::String>(field);
    return verifier().VerifyString(found) ? found : nullptr;
  }

  template <class Child>
  SoundTable<Child> table(flatbuffers::voffset_t field) const {
    return SoundTable<Child>(file_, pointer<Child>(field));
  }

  template <class Child>
  using Tables = flatbuffers::Vector<flatbuffers::Offset<Child>>;

  /// Calls `use` with each table of a vector, sound or absent.
  template <class Child, class Use>
  void for_each(const Tables<Child>* tables, Use use) const {
    for (flatbuffers::uoffset_t i = 0; tables != nullptr && i < tables->size(); ++i) {
      const auto at =
          static_cast<std::size_t>(tables->Data() - file_.data()) + i * sizeof(flatbuffers::uoffset_t);
      use(SoundTable<Child>(file_, pointed_at<Child>(file_, at)));
    }
  }

 private:
  flatbuffers::Verifier verifier() const { return flatbuffers::Verifier(file_.data(), file_.size()); }

  template <class Child>
  static const Child* pointed_at(ConstBytes file, std::size_t at) {
    const flatbuffers::uoffset_t way = flatbuffers::Verifier(file.data(), file.size()).VerifyOffset(at);
    return way == 0 ? nullptr : reinterpret_cast<const Child*>(file.data() + at + way);
  }

  template <class Child>
  const Child* pointer(flatbuffers::voffset_t field) const {
    if (table_ == nullptr || !table_->VerifyOffset(verifier(), field)) return nullptr;
    return table_->GetPointer<const Child*>(field);
  }

  ConstBytes file_;
  const flatbuffers::Table* table_ = nullptr;
};

}  // namespace tmd::host::model
