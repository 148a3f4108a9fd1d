#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <base/result.hpp>

#include <memory>
#include <string>

namespace itsup::runtime {

/// How records look on standard output. The file always gets JSON lines.
enum class LogFormat { json, text };

struct LogSettings {
    base::LogLevel level = base::LogLevel::info;
    LogFormat stdout_format = LogFormat::json;
    /// Empty: no file. Opened with O_APPEND, so that logrotate's copytruncate leaves no hole.
    std::string file = {};
};

/// The Logger of the daemon: one line a record, to standard output and to logs/api.log. Safe from
/// any thread. A disk that is full loses records and never stops the daemon; the next record that
/// fits says how many.
class LogSink final : public base::Logger {
  public:
    static base::Result<std::unique_ptr<LogSink>> open(LogSettings settings,
                                                       const base::Clock& clock);
    ~LogSink() override;

    void write(base::LogLevel level, std::string_view message,
               std::initializer_list<base::LogField> fields) override;
    /// After logrotate moved the file (SIGHUP): goes on in a new one of the same name.
    base::Result<> reopen();

  private:
    struct Impl;
    explicit LogSink(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One record as a JSON line without its line end. Pure; control characters and quotes are escaped,
/// so a record is always one line (threats S40).
std::string format_json_line(base::Timestamp time, base::LogLevel level, std::string_view message,
                             std::initializer_list<base::LogField> fields);

}  // namespace itsup::runtime
