#include <runtime/log_sink.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <utility>

namespace itsup::runtime {

namespace {

std::string_view level_name(base::LogLevel level) {
    switch (level) {
        case base::LogLevel::debug:
            return "debug";
        case base::LogLevel::info:
            return "info";
        case base::LogLevel::warning:
            return "warning";
        case base::LogLevel::error:
            return "error";
    }
    return "info";
}

spdlog::level::level_enum to_spdlog(base::LogLevel level) {
    switch (level) {
        case base::LogLevel::debug:
            return spdlog::level::debug;
        case base::LogLevel::info:
            return spdlog::level::info;
        case base::LogLevel::warning:
            return spdlog::level::warn;
        case base::LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (byte < 0x20U || byte == 0x7FU) {
                    fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
                } else {
                    out += c;
                }
        }
    }
}

std::string format_text_line(base::Timestamp time, base::LogLevel level, std::string_view message,
                             std::initializer_list<base::LogField> fields) {
    std::string out = fmt::format("{} {:7} ", base::format_rfc3339(time), level_name(level));
    append_escaped(out, message);
    for (const auto& field : fields) {
        out += "  ";
        out += field.key;
        out += '=';
        append_escaped(out, field.value);
    }
    return out;
}

/// Writes whole lines to a descriptor that was opened with O_APPEND: one write a record, so that a
/// truncation between two records never splits one.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit DescriptorSink(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
    DescriptorSink(const DescriptorSink&) = delete;
    DescriptorSink& operator=(const DescriptorSink&) = delete;
    ~DescriptorSink() override { close_owned(); }

    void replace(int descriptor) {
        const std::lock_guard lock(mutex_);
        close_owned();
        descriptor_ = descriptor;
    }

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        std::string line(message.payload.data(), message.payload.size());
        if (lost_ > 0) {
            line += fmt::format(
                "\n{{\"level\":\"warning\",\"message\":\"{} records were lost: the "
                "log could not be written\"}}",
                lost_);
        }
        line += '\n';
        if (write_all(line)) {
            lost_ = 0;
        } else {
            ++lost_;
        }
    }
    void flush_() override {}

  private:
    bool write_all(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto done = ::write(descriptor_, bytes.data(), bytes.size());
            if (done < 0 && errno == EINTR) {
                continue;
            }
            if (done <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(done));
        }
        return true;
    }
    void close_owned() {
        if (owned_ && descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    int descriptor_;
    bool owned_;
    std::uint64_t lost_ = 0;
};

base::Result<int> open_append(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (descriptor < 0) {
        return base::make_system_error(errno, path);
    }
    return descriptor;
}

std::shared_ptr<spdlog::logger> make_logger(std::string name, std::shared_ptr<DescriptorSink> sink,
                                            base::LogLevel level) {
    auto logger = std::make_shared<spdlog::logger>(std::move(name), std::move(sink));
    logger->set_level(to_spdlog(level));
    return logger;
}

}  // namespace

std::string format_json_line(base::Timestamp time, base::LogLevel level, std::string_view message,
                             std::initializer_list<base::LogField> fields) {
    std::string out = fmt::format(R"({{"time":"{}","level":"{}","message":")",
                                  base::format_rfc3339(time), level_name(level));
    append_escaped(out, message);
    out += '"';
    for (const auto& field : fields) {
        out += ",\"";
        append_escaped(out, field.key);
        out += "\":\"";
        append_escaped(out, field.value);
        out += '"';
    }
    out += '}';
    return out;
}

struct LogSink::Impl {
    LogSettings settings;
    const base::Clock& clock;
    std::shared_ptr<DescriptorSink> file_sink;
    std::shared_ptr<spdlog::logger> to_stdout;
    std::shared_ptr<spdlog::logger> to_file;
};

LogSink::LogSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogSink::~LogSink() = default;

base::Result<std::unique_ptr<LogSink>> LogSink::open(LogSettings settings,
                                                     const base::Clock& clock) {
    auto impl = std::unique_ptr<Impl>(new Impl{.settings = std::move(settings), .clock = clock});
    impl->to_stdout = make_logger("stdout", std::make_shared<DescriptorSink>(STDOUT_FILENO, false),
                                  impl->settings.level);
    if (!impl->settings.file.empty()) {
        TRY(const int descriptor, open_append(impl->settings.file));
        impl->file_sink = std::make_shared<DescriptorSink>(descriptor, true);
        impl->to_file = make_logger("file", impl->file_sink, impl->settings.level);
    }
    return std::unique_ptr<LogSink>(new LogSink(std::move(impl)));
}

void LogSink::write(base::LogLevel level, std::string_view message,
                    std::initializer_list<base::LogField> fields) {
    const auto spd_level = to_spdlog(level);
    if (!impl_->to_stdout->should_log(spd_level)) {
        return;
    }
    const auto now = impl_->clock.now();
    const auto json = format_json_line(now, level, message, fields);
    if (impl_->to_file) {
        impl_->to_file->log(spd_level, spdlog::string_view_t(json));
    }
    impl_->to_stdout->log(
        spd_level, spdlog::string_view_t(impl_->settings.stdout_format == LogFormat::json
                                             ? json
                                             : format_text_line(now, level, message, fields)));
}

base::Result<> LogSink::reopen() {
    if (!impl_->file_sink) {
        return {};
    }
    TRY(const int descriptor, open_append(impl_->settings.file));
    impl_->file_sink->replace(descriptor);
    return {};
}

}  // namespace itsup::runtime
