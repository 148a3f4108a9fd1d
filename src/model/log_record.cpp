#include <model/log_record.hpp>

namespace itsup::model {

std::string_view to_string(LogStreamKind stream) {
    switch (stream) {
        case LogStreamKind::stdout_stream:
            return "stdout";
        case LogStreamKind::stderr_stream:
            return "stderr";
        case LogStreamKind::console:
            return "console";
    }
    return "stdout";
}

}  // namespace itsup::model
