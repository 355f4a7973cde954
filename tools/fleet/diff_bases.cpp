// SPDX-License-Identifier: Apache-2.0
#include "fleet/diff_bases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/in_parallel.hpp"
#include "base/progress.hpp"
#include "device/verify_patch.hpp"
#include "fleet/release_patches.hpp"
#include "input/load_input.hpp"
#include "patch/patch_file.hpp"

namespace tmd::host::fleet {
namespace {

/// A base to be made a patch for, and what became of it.
struct Job {
  std::filesystem::path path;
  FleetModel base;
  std::optional<FleetPatch> patch;
  std::exception_ptr error;
};

input::Input load(const ManyBases& plan, const std::filesystem::path& path) {
  return path.empty() ? input::Input() : input::load_input(path, plan.input);
}

/// One job for each different base that is not the target; nothing, for devices without a model, is the last.
std::vector<Job> list_jobs(const ManyBases& plan, const FleetModel& target, const input::Input& new_model) {
  std::vector<Job> jobs;
  for (const std::filesystem::path& path : models_in(plan.bases)) {
    // One that went wrong, or one that stands for "no model": that has its patch without being asked for.
    if (std::filesystem::file_size(path) == 0)
      throw host::Error(fmt::format(
          "{}: this is an empty file; remove it: devices without a model get a patch anyway", path.string()));
    const input::Input input = input::load_input(path, plan.input);
    input::check_same_kind(input, path, new_model, plan.target, plan.input);
    FleetModel base = describe_model(path.filename().string(), host::view(input.bytes));
    if (base.version.empty() && input.version)
      base.version = fmt::format("{}", fmt::join(*input.version, "."));
    if (base.sha256 == target.sha256) continue;
    const auto same = std::find_if(jobs.begin(), jobs.end(),
                                   [&](const Job& job) { return job.base.sha256 == base.sha256; });
    if (same != jobs.end()) {
      same->base.names.push_back(base.names.front());
      if (same->base.version.empty()) same->base.version = base.version;
    } else {
      jobs.push_back({path, std::move(base), {}, {}});
    }
  }
  jobs.push_back({{}, no_model(), {}, {}});
  return jobs;
}

class Workers {
 public:
  Workers(const ManyBases& plan, const input::Input& target, const patch::PatchRecipe& recipe,
          std::vector<Job>& jobs)
      : plan_(plan),
        target_(target),
        recipe_(recipe),
        jobs_(jobs),
        progress_("diff", target.bytes.size() * jobs.size(), "B") {}

  void run() {
    host::in_parallel(
        jobs_.size(), [this](std::size_t i) { work(jobs_[i]); }, plan_.jobs);
    for (const Job& job : jobs_) {
      if (job.error) std::rethrow_exception(job.error);
    }
  }
  /// They wait for their places until all are there: a folder that has a release keeps it, or gets the new one.
  std::vector<host::FileToPlace> take_files() { return std::move(files_); }

 private:
  /// Each worker holds one base and one patch at a time: memory does not grow with the number of bases.
  void work(Job& job) {
    if (failed_) return;
    try {
      make(job);
    } catch (...) {
      job.error = std::current_exception();
      failed_ = true;
    }
  }

  void make(Job& job) {
    const input::Input old = load(plan_, job.path);
    const host::Bytes& base = old.bytes;
    patch::PatchRecipe recipe = recipe_;
    recipe.base_regions = old.regions;
    const std::uint64_t steps = target_.bytes.size();
    std::uint64_t done = 0;
    recipe.on_progress = [&](double share) {
      const auto now = std::min(steps, static_cast<std::uint64_t>(share * static_cast<double>(steps)));
      if (now > done) advance(now - done);
      done = std::max(done, now);
    };
    host::Bytes bytes = patch::make_patch(host::view(base), host::view(target_.bytes), recipe).bytes;
    FleetPatch patch;
    patch.file = fmt::format("{}-to-{}.tmd", job.path.empty() ? "nothing" : short_digest(job.base.sha256),
                             short_digest(sha256_text(host::view(target_.bytes))));
    device::verify_patch(job.path.empty() ? "nothing" : job.path.string(), base, target_.bytes, patch.file,
                         bytes);
    // The libraries for signing, and the process's file mode, are not for several threads at once.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (plan_.sign) bytes = plan_.sign(bytes);
    files_.emplace_back(std::filesystem::path(plan_.output) / patch.file, host::view(bytes));
    patch.bytes = bytes.size();
    patch.sha256 = sha256_text(host::view(bytes));
    patch.identity = fmt::format("{:08x}", patch::parse_patch(patch.file, bytes).identity());
    patch.base = job.base;
    job.patch = std::move(patch);
    progress_.update(done_ += steps - done);
  }

  static std::string short_digest(const std::string& digest) { return digest.substr(0, 16); }

  void advance(std::uint64_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    progress_.update(done_ += bytes);
  }

  const ManyBases& plan_;
  const input::Input& target_;
  const patch::PatchRecipe& recipe_;
  std::vector<Job>& jobs_;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  ///< Guards what stands below, signing and writing.
  std::vector<host::FileToPlace> files_;
  host::Progress progress_;
  std::uint64_t done_ = 0;
};

}  // namespace

FleetManifest diff_bases(const ManyBases& plan, const input::Input& target,
                         const patch::PatchRecipe& recipe) {
  FleetManifest manifest;
  manifest.target =
      describe_model(std::filesystem::path(plan.target).filename().string(), host::view(target.bytes));
  for (const format::EntryToWrite& entry : recipe.entries) {
    if (entry.number == EntryNumber::model_version)
      manifest.target.version =
          fmt::format("{}.{}.{}", load_le16(entry.value.data()), load_le16(entry.value.data() + 2),
                      load_le16(entry.value.data() + 4));
  }
  std::vector<Job> jobs = list_jobs(plan, manifest.target, target);
  make_folder(plan.output);
  host::check_can_create(std::filesystem::path(plan.output) / kFleetManifestName);
  Workers workers(plan, target, recipe, jobs);
  workers.run();
  for (Job& job : jobs) manifest.patches.push_back(std::move(*job.patch));
  place_release(workers.take_files(), plan.output, manifest);
  return manifest;
}

}  // namespace tmd::host::fleet
