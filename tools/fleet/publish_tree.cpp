// SPDX-License-Identifier: Apache-2.0
#include "fleet/publish_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "fleet/release_patches.hpp"
#include "fleet/roll_out.hpp"

namespace tmd::host::fleet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog = "audit.jsonl";
constexpr const char* kLock = ".lock";
constexpr const char* kUnfinished = ".new";

/// Where the files lie: o/SHA256, c/CHANNEL/BUCKET/BASE.
constexpr std::pair<const char*, int> kFolders[] = {{"c", 2}, {"o", 0}};

/// Calls `look` with all that lies below a folder of the tree and how many folders that lies in, of its own.
void for_each_below(const fs::path& folder,
                    const std::function<void(const fs::directory_entry&, int depth)>& look) {
  try {
    if (!fs::is_directory(folder)) return;
    const auto end = fs::recursive_directory_iterator();
    for (auto entry = fs::recursive_directory_iterator(folder); entry != end; ++entry)
      look(*entry, entry.depth());
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("cannot read {}: {}", error.path1().string(), error.code().message()));
  }
}

/// What a tree has in the place of a file or a folder, a line each: by a symbolic link its files would be someone
/// else's, and what is written through it would lie outside; in the place of anything else nothing could be written.
std::vector<std::string> odd_files_in(const fs::path& tree) {
  std::vector<std::string> odd;
  const auto look_at = [&](const fs::path& path, fs::file_status status, fs::file_type wanted) {
    if (!fs::exists(status) || status.type() == wanted) return;
    odd.push_back(fmt::format("{} is no plain {}; put one in its place, or remove it",
                              path.lexically_relative(tree).generic_string(),
                              wanted == fs::file_type::directory ? "folder" : "file"));
  };
  for (const char* name : {kLog, kLock, kUnfinished})
    look_at(tree / name, fs::symlink_status(tree / name), fs::file_type::regular);
  for (const auto& [folder, depth_of_files] : kFolders) {
    const fs::file_status status = fs::symlink_status(tree / folder);
    look_at(tree / folder, status, fs::file_type::directory);
    if (!fs::is_directory(status)) continue;
    for_each_below(tree / folder, [&](const fs::directory_entry& entry, int depth) {
      const bool is_file = depth >= depth_of_files;
      look_at(entry.path(), entry.symlink_status(),
              is_file ? fs::file_type::regular : fs::file_type::directory);
    });
  }
  return odd;
}

/// Paths of the files below a folder of the tree, relative to the tree.
std::vector<std::string> files_in(const fs::path& tree, const char* folder) {
  std::vector<std::string> files;
  for_each_below(tree / folder, [&](const fs::directory_entry& entry, int) {
    if (!entry.is_directory()) files.push_back(entry.path().lexically_relative(tree).generic_string());
  });
  std::sort(files.begin(), files.end());
  return files;
}

/// Pointers follow from the log: what lies below c/ without one is someone else's folder, or a tree whose log was lost,
/// and all of it would be removed. A run that was killed leaves no pointer before the log: looked at in this order
/// another one at work is not taken for that.
void refuse_without_log(const fs::path& tree) {
  const bool has_files = !files_in(tree, "c").empty();
  std::error_code ignored;
  const std::uintmax_t size = fs::file_size(tree / kLog, ignored);
  if (!has_files || (!ignored && size != 0)) return;
  throw Error(fmt::format(
      "{}: there are files below c/ and no {}, which says what is published: bring it back from a copy, or "
      "publish into an empty folder; nothing was written",
      tree.string(), kLog));
}

/// The files of a tree, changed one operation at a time, and nobody else's while this lives.
class Tree {
 public:
  Tree(const fs::path& root, const std::function<void()>& before_operation)
      : root_(make(root)),
        before_operation_(before_operation),
        lock_(::open((root / kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)) {
    if (lock_.number() < 0 || ::flock(lock_.number(), LOCK_EX) != 0)
      throw Error(fmt::format("cannot lock {}: {}", root.string(), std::strerror(errno)));
    refuse_without_log(root_);
    if (const std::vector<std::string> odd = odd_files_in(root_); !odd.empty())
      throw Error(fmt::format("{}: {}; nothing was published", root.string(), odd.front()));
  }

  const fs::path& root() const { return root_; }
  ReleaseLog log() const {
    const fs::path path = root_ / kLog;
    try {
      return fs::exists(path) ? ReleaseLog(read_text(path)) : ReleaseLog();
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", path.string(), error.what()));
    }
  }

  /// A new file or a new version of it: whole or not at all.
  void put(const fs::path& path, std::string_view text, bool flush) {
    if (!fs::is_directory(path.parent_path())) {
      announce();
      make_folder(path.parent_path());
    }
    const fs::path unfinished = root_ / kUnfinished;
    {
      announce();
      const Descriptor file(
          ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
      if (file.number() < 0) fail("create", unfinished);
      announce();
      write(file.number(), text, unfinished);
      if (flush && ::fsync(file.number()) != 0) fail("write", unfinished);
    }
    announce();
    if (::rename(unfinished.c_str(), path.c_str()) != 0) fail("create", path);
  }
  void remove(const fs::path& path) {
    announce();
    if (::unlink(path.c_str()) != 0) fail("remove", path);
  }
  void flush() const {
    const Descriptor root(::open(root_.c_str(), O_RDONLY | O_CLOEXEC));
    if (root.number() >= 0) (void)::syncfs(root.number());
  }

 private:
  static fs::path make(const fs::path& root) {
    refuse_without_log(root);
    make_folder(root);
    return root;
  }
  [[noreturn]] static void fail(const char* what, const fs::path& path) {
    throw Error(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
  }
  static void write(int file, std::string_view text, const fs::path& path) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    if (!write_all(file, ConstBytes(bytes, text.size()))) fail("write", path);
  }
  void announce() const {
    if (before_operation_) before_operation_();
  }

  fs::path root_;
  const std::function<void()>& before_operation_;
  Descriptor lock_;
};

std::string object_fault(const fs::path& path, std::uint64_t bytes, const std::string& sha256) {
  if (!fs::exists(path)) return "is missing";
  const Bytes object = read_file(path);
  const bool is_whole = (bytes == 0 || object.size() == bytes) && sha256_text(view(object)) == sha256;
  return is_whole ? "" : "is not what its name says";
}

/// Copies what the tree lacks, or has damaged.
std::size_t put_objects(Tree& tree, const fs::path& patches, const FleetManifest& manifest) {
  std::size_t written = 0;
  for (const FleetPatch& patch : manifest.patches) {
    const Bytes bytes = read_fleet_patch(patches, patch);
    const fs::path object = tree.root() / "o" / patch.sha256;
    if (object_fault(object, patch.bytes, patch.sha256).empty()) continue;
    tree.put(object, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, true);
    ++written;
  }
  return written;
}

/// Every pointer that the log calls for, by its path below the tree.
std::map<std::string, std::string> pointers_of(const ReleaseLog& log) {
  std::set<std::string> channels;
  for (const ReleaseEntry& entry : log.entries()) channels.insert(entry.channel);
  std::map<std::string, std::string> files;
  for (const std::string& channel : channels) {
    const std::vector<Release> releases = releases_of(log, channel);
    std::map<std::string, Pointer> pointers;
    for (unsigned bucket = 0; bucket < kBuckets; ++bucket) {
      if (!is_as_before(releases, bucket)) pointers = pointers_for(releases, bucket);
      for (const auto& [base, pointer] : pointers)
        files[fmt::format("c/{}/{}/{}", channel, bucket, pointer_name(base))] = to_json(pointer);
    }
  }
  return files;
}

/// Makes the pointers what the log says: first those that are new or changed, then away with those that are not there.
void put_pointers(Tree& tree, const ReleaseLog& log, PublishReport& report, const ProgressHook& on_progress) {
  const std::map<std::string, std::string> wanted = pointers_of(log);
  std::uint32_t done = 0;
  for (const auto& [name, text] : wanted) {
    const fs::path path = tree.root() / name;
    if (!fs::exists(path) || read_text(path) != text) {
      tree.put(path, text, false);
      ++report.pointers_written;
    }
    if (on_progress) on_progress(++done, static_cast<std::uint32_t>(wanted.size()));
  }
  for (const std::string& name : files_in(tree.root(), "c")) {
    if (wanted.contains(name)) continue;
    tree.remove(tree.root() / name);
    ++report.pointers_removed;
  }
}

bool same_patches(const FleetManifest& a, const FleetManifest& b) {
  return to_json(a) == to_json(b);
}

/// Whether this changes what the log says of the release.
bool is_change(const ReleaseLog& log, const PublishPlan& plan, const FleetManifest& manifest) {
  for (const Release& release : releases_of(log, plan.channel)) {
    if (release.manifest.target.sha256 != manifest.target.sha256) continue;
    if (plan.withdraw) return !release.withdrawn;
    if (release.withdrawn)
      throw Error(fmt::format("this release was withdrawn from channel {}; publish one with another model",
                              plan.channel));
    return release.percent != plan.percent || !same_patches(release.manifest, manifest);
  }
  if (plan.withdraw) throw Error(fmt::format("this release is not on channel {}", plan.channel));
  return true;
}

}  // namespace

PublishReport publish(const fs::path& patches, const PublishPlan& plan) {
  if (!is_channel(plan.channel))
    throw Error(
        fmt::format("'{}' is no name for a channel: letters, digits, - and _, at most 64", plan.channel));
  // What is taken back need not be whole any more. Of patches that change after this put_objects finds the digest
  // wrong.
  const FleetManifest manifest =
      plan.withdraw ? read_manifest_of(patches) : read_release(patches, KnownBy::sha256);
  Tree tree(plan.tree, plan.before_operation);
  ReleaseLog log = tree.log();
  PublishReport report;
  report.changed = is_change(log, plan, manifest);
  if (!plan.withdraw) report.objects_written = put_objects(tree, patches, manifest);
  if (report.changed) {
    ReleaseEntry entry;
    entry.action = plan.withdraw ? ReleaseEntry::Action::withdraw : ReleaseEntry::Action::publish;
    entry.time = plan.time;
    entry.who = plan.who;
    entry.channel = plan.channel;
    entry.percent = plan.withdraw ? 0 : plan.percent;
    entry.release = manifest;
    if (plan.withdraw) entry.release.patches.clear();
    log.append(std::move(entry), plan.sign);
    tree.put(tree.root() / kLog, log.text(), true);
    // Power that goes later leaves no pointer without the log either: the next run would take the tree for a lost one.
    tree.flush();
  }
  put_pointers(tree, log, report, plan.on_progress);
  tree.flush();
  return report;
}

std::vector<std::string> verify_tree(const fs::path& tree, const CheckSignature& check_signature,
                                     const ProgressHook& on_progress) {
  if (!fs::exists(tree / kLog))
    throw Error(fmt::format("{} is no published tree: it has no {}", tree.string(), kLog));
  std::vector<std::string> faults = odd_files_in(tree);
  // What they lead to is not looked at.
  if (!faults.empty()) return faults;
  ReleaseLog log;
  try {
    log = ReleaseLog(read_text(tree / kLog));
  } catch (const Error& error) {
    return {fmt::format("{}: {}", kLog, error.what())};
  }
  if (check_signature) {
    std::size_t line = 0;
    log.for_each_signature([&](const std::string& text, const std::string& signature) {
      ++line;
      if (const std::string fault = check_signature(text, signature); !fault.empty())
        faults.push_back(fmt::format("{}: line {}: {}", kLog, line, fault));
    });
  }
  std::map<std::string, std::uint64_t> objects;  // by name; 0: nobody says how long it is
  for (const std::string& name : files_in(tree, "o")) objects[name.substr(2)] = 0;
  for (const ReleaseEntry& entry : log.entries()) {
    for (const FleetPatch& patch : entry.release.patches) objects[patch.sha256] = patch.bytes;
  }
  std::uint32_t done = 0;
  for (const auto& [name, bytes] : objects) {
    if (const std::string fault = object_fault(tree / "o" / name, bytes, name); !fault.empty())
      faults.push_back(fmt::format("o/{} {}", name, fault));
    if (on_progress) on_progress(++done, static_cast<std::uint32_t>(objects.size()));
  }
  std::map<std::string, std::string> wanted = pointers_of(log);
  for (const std::string& name : files_in(tree, "c")) {
    const auto found = wanted.find(name);
    if (found == wanted.end())
      faults.push_back(fmt::format("{} is there and the log does not call for it", name));
    else if (read_text(tree / name) != found->second)
      faults.push_back(fmt::format("{} points elsewhere than the log says", name));
    if (found != wanted.end()) wanted.erase(found);
  }
  for (const auto& [name, text] : wanted) faults.push_back(fmt::format("{} is missing", name));
  return faults;
}

}  // namespace tmd::host::fleet
