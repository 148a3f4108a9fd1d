#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::base {

enum class LogLevel { debug, info, warning, error };

/// One `key=value` of a log record; values are text and are escaped by the sink.
struct LogField {
    std::string_view key;
    std::string value;
};

/// Where log records go. main builds one and everybody receives a reference; the sinks (JSON lines
/// in logs/api.log, text on a terminal) live in runtime/log_sink.hpp. Never throws, never blocks
/// for long.
class Logger {
  public:
    virtual ~Logger() = default;
    virtual void write(LogLevel level, std::string_view message,
                       std::initializer_list<LogField> fields) = 0;

    void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::debug, message, fields);
    }
    void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::info, message, fields);
    }
    void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::warning, message, fields);
    }
    void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::error, message, fields);
    }
};

/// Drops everything: for tests and for tools that print their own output.
class NullLogger final : public Logger {
  public:
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace itsup::base
