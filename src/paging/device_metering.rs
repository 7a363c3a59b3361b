//! Histories of meters: what follows is told in an element of its own, unless exactly one house was asked about.

use gis_gkh_xml::Guid;

use super::{Next, Page, PageOf, Paged, PagingErrorKind};
use crate::contract::device_metering::{DeviceHistory, ExportMeteringDeviceHistoryRequest, NextBlock};
use crate::operation::Submission;

impl Paged for ExportMeteringDeviceHistoryRequest {
    type Item = DeviceHistory;
    type Cursor = Guid;

    fn at(&self, cursor: Option<&Guid>) -> Option<Self> {
        Some(Self { export_metering_device_root_guid: cursor.copied(), ..self.clone() })
    }

    fn page(state: Self::State, _: Option<&Guid>) -> Result<Option<PageOf<Self>>, PagingErrorKind> {
        Ok(Self::result(state).map(|block| {
            let next = match block.paged_output.map(|output| output.next_block) {
                Some(NextBlock::From(cursor)) => Next::At(cursor),
                Some(NextBlock::LastPage) | None => Next::Last,
            };
            Page::new(block.export_metering_device_history_result, next)
        }))
    }
}
