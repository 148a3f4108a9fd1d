#pragma once

#include <base/clock.hpp>
#include <base/result.hpp>
#include <deploy/journal.hpp>
#include <model/deployment.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::deploy {

/// Takes known secrets out of a line. An empty function masks nothing.
using Masker = std::function<std::string(std::string_view)>;

/// How a deployment's code writes down what it does. Lines are masked, made valid UTF-8, cut at
/// `line_max` bytes, and after `lines_max` of them (or `bytes_max`) left
/// out with one note. Lives on the loop.
class Transcript {
  public:
    static constexpr std::size_t line_max = std::size_t{8} << 10U;
    static constexpr std::size_t lines_max = 20'000;
    static constexpr std::size_t bytes_max = std::size_t{4} * 1024 * 1024;

    Transcript(DeploymentJournal& journal, const base::Clock& clock, Masker mask);

    /// Opens a step; `service` may be empty. Gives its number.
    std::int64_t begin(std::string name, std::string service = {});
    void output(std::int64_t step, std::string_view line);
    void finish(std::int64_t step, model::StepState state);
    /// A step that is over at once: done, or skipped with the reason as its one line.
    void note(std::string name, std::string service, model::StepState state, std::string_view line);

    /// The services that the plan names, with their actions; later their states.
    void set_services(std::vector<model::DeploymentService> services);
    void set_service_state(std::string_view service, model::StepState state);
    /// Why it failed; the first one stays.
    void set_error(model::DeploymentError error);
    [[nodiscard]] bool has_error() const;

    [[nodiscard]] std::string masked(std::string_view text) const;
    [[nodiscard]] const model::Deployment& deployment() const;

  private:
    DeploymentJournal& journal_;
    const base::Clock& clock_;
    Masker mask_;
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
};

/// A step that ends with its scope: by succeed(), skip() or fail(), else as cancelled (which is
/// what an exception that unwinds it means).
class StepScope {
  public:
    StepScope(Transcript& transcript, std::string name, std::string service = {});
    StepScope(const StepScope&) = delete;
    StepScope& operator=(const StepScope&) = delete;
    ~StepScope();

    void line(std::string_view text) { transcript_.output(seq_, text); }
    void succeed() { end(model::StepState::succeeded); }
    void skip(std::string_view reason);
    /// Notes the error as the step's last line and, unless it is a cancellation, as the reason of
    /// the deployment's failure. Gives the error back for `co_return`.
    base::Error fail(base::Error error);
    [[nodiscard]] std::int64_t seq() const { return seq_; }
    [[nodiscard]] Transcript& transcript() { return transcript_; }

  private:
    void end(model::StepState state);

    Transcript& transcript_;
    std::string name_;
    std::string service_;
    std::int64_t seq_;
    bool open_ = true;
};

}  // namespace itsup::deploy
